/* Gradients of many samples, and trainings; after the functions of one block. */

/* Memory of a thread's calls, which never call each other; on a stack it might not fit. Aligned,
   because Eigen adds numbers in another order elsewhere: every thread must find the same bits. */
static Scalar *memory()
{
    static thread_local std::vector<Scalar, Eigen::aligned_allocator<Scalar>> found(BLOCK * WORK);
    return found.data();
}

static void forward_of_one(const Scalar *theta, const Scalar *x, Scalar *y)
{
    Work<1> work;
    forward<1>(theta, x, 1, work, Rows<1, OUTPUTS>(y));
}

static void forward_of_many(const Scalar *theta, const Scalar *X, Scalar *Y, Index m)
{
    for (Index k = 0; k < m; k += BLOCK) {
        const Index b = std::min<Index>(BLOCK, m - k);
        Work<Dynamic> work(memory(), b);
        Rows<Dynamic, OUTPUTS> out(Y + k * OUTPUTS, b, OUTPUTS);
        forward<Dynamic>(theta, X + k * INPUTS, b, work, out);
    }
}

#if GRADIENTS
/* Samples, in an order and with weights if these are not null. */
struct Data {
    const Scalar *X, *Y;
    const std::int64_t *order;
    const Scalar *weights;
};

/* The chosen samples of a block, one after the other. */
struct alignas(64) Chosen {
    Scalar X[BLOCK * INPUTS], Y[BLOCK * OUTPUTS], weights[BLOCK];
};

/* Write the mean gradient of samples, from `first` on; sums become the mean loss and error.
   Returns the sum of the weights. */
static double mean_gradient(const Scalar *theta, const Data &data, Index first, Index m,
                            Scalar *gradient, double *sums)
{
    static thread_local Chosen chosen;
    Flat total(gradient, PARAMETERS);
    total.setZero();
    sums[0] = sums[1] = 0;
    double weight = data.weights == nullptr ? m : 0;
    for (Index k = first; k < first + m; k += BLOCK) {
        const Index b = std::min<Index>(BLOCK, first + m - k);
        const Scalar *X = data.X + k * INPUTS, *Y = data.Y + k * OUTPUTS;
        const Scalar *weights = data.weights == nullptr ? nullptr : data.weights + k;
        if (data.order != nullptr) {
            for (Index i = 0; i < b; i++) {
                const Index from = data.order[k + i];
                std::copy_n(data.X + from * INPUTS, INPUTS, chosen.X + i * INPUTS);
                std::copy_n(data.Y + from * OUTPUTS, OUTPUTS, chosen.Y + i * OUTPUTS);
                if (weights != nullptr)
                    chosen.weights[i] = data.weights[from];
            }
            X = chosen.X, Y = chosen.Y;
            weights = weights == nullptr ? nullptr : chosen.weights;
        }
        for (Index i = 0; weights != nullptr && i < b; i++)
            weight += weights[i];
        Work<Dynamic> work(memory(), b);
        add_gradient(theta, X, Y, weights, b, work, gradient, sums);
    }
    total /= Scalar(weight);
    sums[0] /= weight, sums[1] /= weight;
    return weight;
}

static void descend(Scalar *theta, const Data &data, Index m, Scalar alpha, Index steps,
                    double *cost, double *error, Scalar *gradient)
{
    for (Index k = 0; k < steps; k++) {
        double sums[2];
        mean_gradient(theta, data, 0, m, gradient, sums);
        cost[k] = sums[0], error[k] = sums[1];
        Flat(theta, PARAMETERS) -= alpha * Flat(gradient, PARAMETERS);
    }
}

/* A step of an optimizer; `slots` has its numbers of each parameter, `r` the rates of the step. */
static void move(Form form, Scalar *parameters, Scalar *gradient, Scalar *slots, const Scalar *r)
{
    Flat theta(parameters, PARAMETERS), g(gradient, PARAMETERS), first(slots, PARAMETERS);
    switch (form) {
    case Form::sgd:
        theta -= r[0] * g;
        break;
    case Form::momentum:
        first = r[1] * first - r[0] * g;
        theta += first;
        break;
    case Form::nesterov:
        first = r[1] * first - r[0] * g;
        theta += r[1] * first - r[0] * g;
        break;
    case Form::adamw:
        theta *= r[6];
        [[fallthrough]];
    case Form::adam: {
        Flat second(slots + PARAMETERS, PARAMETERS);
        first = r[2] * first + r[3] * g;
        second = r[4] * second + r[5] * g.square();
        theta -= r[0] * first / (second.sqrt() + r[1]);
    }
    }
}

/* Add the penalty's derivative to the gradient; returns the penalty. */
static double penalise(const Scalar *theta, Scalar share, Scalar *gradient)
{
    double squares = 0;
    for (const auto &[first, count] : STRETCHES) {
        const Eigen::Map<const Eigen::Array<Scalar, Dynamic, 1>> W(theta + first, count);
        squares += double(W.square().sum());
        Flat(gradient + first, count) += share * W;
    }
    return share / 2 * squares;
}

/* Steps over batches of `size` of m samples; `found` has three sums for each pass. */
static void pass_over(Scalar *theta, const Data &data, Index m, Index size, Scalar l2, Form form,
                      Scalar *slots, const Scalar *rates, Index width, Index begin, Index end,
                      double *found, Scalar *gradient)
{
    const Index batches = (m + size - 1) / size;
    for (Index step = begin; step < end; step++) {
        const Index pass = step / batches, first = step % batches * size;
        const Index b = std::min(size, m - first);
        Data chosen = data;
        if (data.order != nullptr)
            chosen.order = data.order + pass * m;
        double sums[2];
        const double weight = mean_gradient(theta, chosen, first, b, gradient, sums);
        const double penalty = l2 == 0 ? 0 : penalise(theta, Scalar(l2 / weight), gradient);
        move(form, theta, gradient, slots, rates + step * width);
        found[3 * pass] += sums[0] * b;
        found[3 * pass + 1] += sums[1] * b;
        found[3 * pass + 2] += penalty * b;
    }
}
#endif
