/* The forward pass of a network of 3-3-1, in C99.

   Compile this file by itself. To use it, declare (in C++ within extern "C" { })

       #include <stddef.h>
       void network_forward(const double *x, double *y);
       void network_forward_batch(size_t m, const double *X, double *Y);

   x has 3 numbers and y 1; X and Y are m of these, row after row. What is read and
   what is written must not overlap.
   Nothing is allocated; about 56 bytes of stack are used. Of libraries libm is needed. */

#include <stddef.h>
#include <tgmath.h>

typedef double real;

static inline real logistic_of(real z) { return 1 / (1 + exp(-z)); }

static inline void layer_1(const real *restrict W, const real *restrict b,
                           const real *restrict h, real *restrict out)
{
    for (int i = 0; i < 3; i++) {
        real sum = b[i];
        for (int j = 0; j < 3; j++)
            sum += W[3 * i + j] * h[j];
        out[i] = sum;
    }
    for (int i = 0; i < 3; i++)
        out[i] = logistic_of(out[i]);
}

static inline void layer_2(const real *restrict W, const real *restrict b,
                           const real *restrict h, real *restrict out)
{
    for (int i = 0; i < 1; i++) {
        real sum = b[i];
        for (int j = 0; j < 3; j++)
            sum += W[3 * i + j] * h[j];
        out[i] = sum;
    }
    for (int i = 0; i < 1; i++)
        out[i] = logistic_of(out[i]);
}

static const real W1[3][3] = {
    { 0.6369616873214543, 0.2697867137638703, 0.04097352393619469 },
    { 0.016527635528529094, 0.8132702392002724, 0.9127555772777217 },
    { 0.6066357757671799, 0.7294965609839984, 0.5436249914654229 },
};
static const real b1[3] = {
    0.9350724237877682, 0.8158535541215322, 0.002738500170148095,
};

static const real W2[1][3] = {
    { 0.8574042765875693, 0.033585575305464355, 0.7296554464299441 },
};
static const real b2[1] = {
    0.17565562060255901,
};

void network_forward(const double *restrict x, double *restrict y);
void network_forward_batch(size_t m, const double *X, double *Y);

void network_forward(const double *restrict x, double *restrict y)
{
    real h2[3];
    layer_1(*W1, b1, x, h2);
    layer_2(*W2, b2, h2, y);
}

void network_forward_batch(size_t m, const double *X, double *Y)
{
    for (size_t k = 0; k < m; k++)
        network_forward(X + 3 * k, Y + 1 * k);
}
