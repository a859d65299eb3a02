/* Types of all networks: matrices whose sizes are known at compile time, as Eigen has them. */

using Eigen::Dynamic;
using Eigen::Index;

constexpr int BLOCK = 64; /* samples that are computed together, at most */

/* Eigen insists that a row is row-major and a column is not. */
constexpr int order(int rows, int columns)
{
    return columns == 1 && rows != 1 ? Eigen::ColMajor : Eigen::RowMajor;
}

template <int rows, int columns>
using Fixed = Eigen::Matrix<Scalar, rows, columns, order(rows, columns)>;

/* Memory of others; nothing is known of its alignment. */
template <int rows, int columns> using Weights = Eigen::Map<const Fixed<rows, columns>>;
template <int columns> using Biases = Eigen::Map<const Fixed<1, columns>>;
template <int B, int columns> using Samples = Eigen::Map<const Fixed<B, columns>>;
template <int B, int columns> using Rows = Eigen::Map<Fixed<B, columns>>;
template <int columns> using BiasSums = Eigen::Map<Fixed<1, columns>>;
/* Eigen counts what a product costs, and an int would not hold that of large matrices. */
constexpr int MOST = 1 << 14;
template <int rows, int columns>
using WeightSums = Eigen::Map<Fixed<rows * columns < MOST ? rows : Dynamic,
                                    rows * columns < MOST ? columns : Dynamic>>;

/* z = h W^T + b for every sample. */
template <typename H, typename W, typename Bias, typename Z>
static inline void affine(const H &h, const W &weights, const Bias &bias, Z &z)
{
    z.rowwise() = bias;
    z.noalias() += h * weights.transpose();
}

template <typename Z> static inline void less_the_greatest(Z &z)
{
    const auto most = z.rowwise().maxCoeff().eval();
    z.colwise() -= most;
}

/* out = exp(z) / sum exp(z); z loses its greatest number. */
template <typename Z, typename Out> static inline void softmax(Z &z, Out &&out)
{
    less_the_greatest(z);
    out = z.array().exp();
    const auto total = out.rowwise().sum().eval();
    out.array().colwise() /= total.array();
}

/* Replace z by log h of softmax. */
template <typename Z> static inline void log_softmax(Z &z)
{
    less_the_greatest(z);
    const auto total = z.array().exp().rowwise().sum().log().matrix().eval();
    z.colwise() -= total;
}

/* Add the loss and ||y - h|| of every sample, times its weight, to two sums. */
template <typename Share, typename Miss>
static inline void tally(const Share &share, const Miss &miss, const Scalar *weights, double *sums)
{
    const auto losses = share.template cast<double>().rowwise().sum();
    const auto errors = miss.template cast<double>().rowwise().norm();
    if (weights == nullptr) {
        sums[0] += losses.sum();
        sums[1] += errors.sum();
    } else {
        const Eigen::Map<const Eigen::Matrix<Scalar, Dynamic, 1>> each(weights, share.rows());
        sums[0] += each.template cast<double>().dot(losses.eval());
        sums[1] += each.template cast<double>().dot(errors.eval());
    }
}

/* Multiply the delta of every sample by its weight. */
template <typename Delta> static inline void weigh(Delta &delta, const Scalar *weights)
{
    if (weights != nullptr) {
        const Eigen::Map<const Eigen::Array<Scalar, Dynamic, 1>> each(weights, delta.rows());
        for (Index k = 0; k < delta.rows(); k++)
            delta.row(k) *= each[k];
    }
}
