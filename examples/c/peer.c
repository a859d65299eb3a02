/* What the kernel c computes of a network of 3-3-1, in C99.

   theta has W[1] row by row, b[1], W[2], ...; X and Y have a row for each of m samples. */

#include <stddef.h>
#include <tgmath.h>

typedef double real;

static inline real logistic_of(real z) { return 1 / (1 + exp(-z)); }
static inline real logistic_slope(real h) { return h * (1 - h); }

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

static inline void back_1(const real *restrict delta,
                          const real *restrict h,
                          real *dW, real *db)
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            dW[3 * i + j] += delta[i] * h[j];
        db[i] += delta[i];
    }
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

static inline void back_2(const real *restrict delta,
                          const real *restrict h, const real *restrict W, real *restrict below,
                          real *dW, real *db)
{
    for (int i = 0; i < 1; i++) {
        for (int j = 0; j < 3; j++)
            dW[3 * i + j] += delta[i] * h[j];
        for (int j = 0; j < 3; j++)
            below[j] += delta[i] * W[3 * i + j];
        db[i] += delta[i];
    }
}

void forward(const real *restrict theta, const real *restrict x, real *restrict y)
{
    real h2[3];
    layer_1(theta + 0, theta + 9, x, h2);
    layer_2(theta + 12, theta + 15, h2, y);
}

static double one_gradient(const real *restrict theta, const real *restrict x,
                           const real *restrict y, real *restrict total, double *error)
{
    real h3[1], d3[1];
    real h2[3];
    layer_1(theta + 0, theta + 9, x, h2);
    layer_2(theta + 12, theta + 15, h2, h3);
    double loss = 0, square = 0;
    for (int i = 0; i < 1; i++) {
        d3[i] = h3[i] - y[i];
        square += d3[i] * d3[i];
        loss += (h3[i] - y[i]) * (h3[i] - y[i]) / 2;
    }
    for (int i = 0; i < 1; i++)
        d3[i] *= logistic_slope(h3[i]);
    real d2[3] = {0};
    back_2(d3, h2, theta + 12, d2, total + 12, total + 15);
    for (int j = 0; j < 3; j++)
        d2[j] *= logistic_slope(h2[j]);
    back_1(d2, x, total + 0, total + 9);
    *error += sqrt(square);
    return loss;
}

void forward_batch(const real *restrict theta, const real *restrict X, real *restrict Y, size_t m)
{
    for (size_t k = 0; k < m; k++)
        forward(theta, X + 3 * k, Y + 1 * k);
}

/* The mean gradient; returns the mean loss. */
double gradient(const real *restrict theta, const real *restrict X, const real *restrict Y,
                size_t m, real *restrict total, double *error)
{
    double loss = 0;
    *error = 0;
    for (int i = 0; i < 16; i++)
        total[i] = 0;
    for (size_t k = 0; k < m; k++)
        loss += one_gradient(theta, X + 3 * k, Y + 1 * k, total, error);
    for (int i = 0; i < 16; i++)
        total[i] /= m;
    *error /= m;
    return loss / m;
}

/* Steps of gradient descent; total is memory for a gradient. */
void descend(real *restrict theta, const real *restrict X, const real *restrict Y, size_t m,
             double alpha, size_t steps, double *cost, double *error, real *restrict total)
{
    for (size_t k = 0; k < steps; k++) {
        cost[k] = gradient(theta, X, Y, m, total, error + k);
        for (int i = 0; i < 16; i++)
            theta[i] -= (real)alpha * total[i];
    }
}
