/* The extension module: what Python calls, with nanobind. */

namespace nb = nanobind;

/* A NumPy array whose dtype and shape are known: (rows,) if there are 0 columns. */
template <typename T, int rows, int columns = 0> struct Array {
    T *data;
    Index length, width;
    PyObject *source;
    operator T *() const { return data; }
    T *or_null() const { return length == 0 ? nullptr : data; }
};

template <typename T> constexpr int NUMBER = NPY_INT64;
template <> constexpr int NUMBER<double> = NPY_DOUBLE;
template <> constexpr int NUMBER<float> = NPY_FLOAT;

/* nb::ndarray asks an array for a DLPack capsule, which takes most of a call's time; this takes its
   address from NumPy's own structure, and refuses all that would need a conversion. */
namespace nanobind::detail {
template <typename T, int rows, int columns> struct type_caster<Array<T, rows, columns>> {
    using Numbers = Array<T, rows, columns>;
    NB_TYPE_CASTER(Numbers, const_name("numpy.ndarray"))

    template <typename Flags> bool from_python(handle given, Flags, cleanup_list *) noexcept
    {
        if (!PyArray_CheckExact(given.ptr()))
            return false;
        auto *array = reinterpret_cast<PyArrayObject *>(given.ptr());
        constexpr bool is_read = std::is_const_v<T>;
        if (PyArray_TYPE(array) != NUMBER<std::remove_const_t<T>> ||
            PyArray_NDIM(array) != (columns == 0 ? 1 : 2) ||
            !(is_read ? PyArray_ISCARRAY_RO(array) : PyArray_ISCARRAY(array)))
            return false;
        const Index length = PyArray_DIM(array, 0);
        const Index width = columns == 0 ? 1 : PyArray_DIM(array, columns == 0 ? 0 : 1);
        if ((rows != Dynamic && length != rows) ||
            (columns != 0 && columns != Dynamic && width != columns))
            return false;
        value = {static_cast<T *>(PyArray_DATA(array)), length, width, given.ptr()};
        return true;
    }
};
} // namespace nanobind::detail

namespace NAMESPACE {
using Theta = Array<const Scalar, PARAMETERS>;
using Sample = Array<const Scalar, INPUTS>;
using Output = Array<Scalar, OUTPUTS>;
using Batch = Array<const Scalar, Dynamic, INPUTS>;
using Results = Array<Scalar, Dynamic, OUTPUTS>;
using Targets = Array<const Scalar, Dynamic, OUTPUTS>;
using Numbers = Array<const Scalar, Dynamic>;
using Parameters = Array<Scalar, PARAMETERS>;
using Doubles = Array<double, Dynamic>;

constexpr Index LONG_CALL = 256; /* samples from which on other threads of Python may run meanwhile */

/* What a plan calls instead of its methods. A call whose arguments are not exactly as they should
   be goes to the method. */
struct Entries {
    nb::object held, forward_method, batch_method, gradient_method;
    nb::object results, sizes; /* the class of gradients, and what one has besides cost and theta */

    nb::object parameters() const { return held.attr(NAME); }
    static inline nb::object NAME;
};

static const Scalar *data(const nb::object &theta)
{
    return static_cast<const Scalar *>(PyArray_DATA(reinterpret_cast<PyArrayObject *>(theta.ptr())));
}

template <typename A, typename B> static bool overlap(const A &a, const B &b)
{
    return a.data < b.data + b.length * b.width && b.data < a.data + a.length * a.width;
}

static nb::object fresh(int axes, npy_intp length)
{
    npy_intp shape[2] = {length, OUTPUTS};
    PyObject *made = PyArray_SimpleNew(axes, shape, NUMBER<Scalar>);
    if (made == nullptr)
        throw nb::python_error();
    return nb::steal(made);
}

static void *address(const nb::object &array)
{
    return PyArray_DATA(reinterpret_cast<PyArrayObject *>(array.ptr()));
}

static void many(const nb::object &theta, const Batch &X, Scalar *Y)
{
    if (X.length < LONG_CALL)
        return forward_of_many(data(theta), X, Y, X.length);
    nb::gil_scoped_release others;
    forward_of_many(data(theta), X, Y, X.length);
}

static nb::object entry_forward(const Entries &self, Sample x)
{
    nb::object out = fresh(1, OUTPUTS);
    forward_of_one(data(self.parameters()), x, static_cast<Scalar *>(address(out)));
    return out;
}

static nb::object entry_forward_into(const Entries &self, Sample x, Output out)
{
    if (overlap(x, out))
        return self.forward_method(nb::handle(x.source), nb::handle(out.source));
    forward_of_one(data(self.parameters()), x, out);
    return nb::borrow(out.source);
}

static nb::object entry_batch(const Entries &self, Batch X)
{
    nb::object out = fresh(2, X.length);
    many(self.parameters(), X, static_cast<Scalar *>(address(out)));
    return out;
}

static nb::object entry_batch_into(const Entries &self, Batch X, Results out)
{
    if (out.length != X.length || overlap(X, out))
        return self.batch_method(nb::handle(X.source), nb::handle(out.source));
    many(self.parameters(), X, out);
    return nb::borrow(out.source);
}

#if GRADIENTS
/* Cost and gradient over all samples; `theta` takes the gradient. */
static double cost_of(const Entries &self, const Batch &X, const Targets &Y, Scalar *theta)
{
    double sums[2];
    const nb::object parameters = self.parameters();
    const auto compute = [&] {
        mean_gradient(data(parameters), {X, Y, nullptr, nullptr}, 0, X.length, theta, sums);
    };
    if (X.length < LONG_CALL) {
        compute();
    } else {
        nb::gil_scoped_release others;
        compute();
    }
    return sums[0];
}

static nb::object entry_gradient(const Entries &self, Batch X, Targets Y)
{
    if (X.length != Y.length || X.length == 0)
        return self.gradient_method(nb::handle(X.source), nb::handle(Y.source));
    npy_intp shape[1] = {PARAMETERS};
    PyObject *made = PyArray_SimpleNew(1, shape, NUMBER<Scalar>);
    if (made == nullptr)
        throw nb::python_error();
    const nb::object theta = nb::steal(made);
    const double cost = cost_of(self, X, Y, static_cast<Scalar *>(address(theta)));
    return self.results(cost, theta, self.sizes);
}

static nb::object entry_gradient_into(const Entries &self, Batch X, Targets Y, nb::object out)
{
    Parameters theta;
    const bool is_one = X.length == Y.length && X.length > 0 && out.type().is(self.results) &&
                        nb::getattr(out, "sizes", nb::none()).equal(self.sizes) &&
                        nb::try_cast(nb::getattr(out, "theta", nb::none()), theta, false) &&
                        !overlap(theta, X) && !overlap(theta, Y);
    if (!is_one)
        return self.gradient_method(nb::handle(X.source), nb::handle(Y.source), out);
    const nb::float_ cost(cost_of(self, X, Y, theta));
    if (PyObject_GenericSetAttr(out.ptr(), nb::str("cost").ptr(), cost.ptr()) < 0)
        throw nb::python_error();
    return out;
}
#endif

static void define(nb::module_ &m)
{
    using namespace nb::literals;
    const nb::call_guard<nb::gil_scoped_release> unlocked;
    nb::set_leak_warnings(false); /* plans may live until the process ends */
    Entries::NAME = nb::steal(PyUnicode_InternFromString("parameters"));

    nb::class_<Entries>(m, "Entries")
        .def("__init__", [](Entries *self, nb::object held, nb::object one, nb::object batch,
                            nb::object gradient, nb::object results, nb::object sizes) {
            new (self) Entries{held, one, batch, gradient, results, sizes};
        })
#if GRADIENTS
        .def("gradient", entry_gradient, "X"_a, "Y"_a)
        .def("gradient", entry_gradient_into, "X"_a, "Y"_a, "out"_a)
        .def("gradient", [](const Entries &self, nb::args arguments, nb::kwargs names) {
            return self.gradient_method(*arguments, **names);
        })
#endif
        .def("forward", entry_forward, "x"_a)
        .def("forward", entry_forward_into, "x"_a, "out"_a)
        .def("forward", [](const Entries &self, nb::args arguments, nb::kwargs names) {
            return self.forward_method(*arguments, **names);
        })
        .def("forward_batch", entry_batch, "X"_a)
        .def("forward_batch", entry_batch_into, "X"_a, "out"_a)
        .def("forward_batch", [](const Entries &self, nb::args arguments, nb::kwargs names) {
            return self.batch_method(*arguments, **names);
        });
    m.def("forward", [](Theta theta, Sample x, Output out) { forward_of_one(theta, x, out); });
    m.def("forward_batch", [](Theta theta, Batch X, Results out) {
        forward_of_many(theta, X, out, X.length);
    }, unlocked);
#if GRADIENTS
    m.def("gradient", [](Theta theta, Batch X, Targets Y, Parameters out, Doubles sums) {
        mean_gradient(theta, {X, Y, nullptr, nullptr}, 0, X.length, out, sums);
    }, unlocked);
    m.def("descend", [](Parameters theta, Batch X, Targets Y, double alpha, Doubles cost,
                        Doubles error, Parameters step) {
        descend(theta, {X, Y, nullptr, nullptr}, X.length, Scalar(alpha), cost.length, cost, error,
                step);
    }, unlocked);
    m.def("pass_over", [](Parameters theta, Batch X, Targets Y,
                          Array<const std::int64_t, Dynamic> orders, Numbers weights, Index size,
                          double l2, int form, Array<Scalar, Dynamic, Dynamic> slots,
                          Array<const Scalar, Dynamic, Dynamic> rates, Index first, Index last,
                          Array<double, Dynamic, 3> found, Parameters step) {
        const Data data = {X, Y, orders.or_null(), weights.or_null()};
        pass_over(theta, data, X.length, size, Scalar(l2), Form(form), slots, rates, rates.width,
                  first, last, found, step);
    }, unlocked);
#endif
}
} // namespace NAMESPACE

NB_MODULE(network, m)
{
    if (_import_array() < 0)
        throw nb::python_error();
    NAMESPACE::define(m);
}
