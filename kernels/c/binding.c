/* Calls of generated C functions from Python, for any network: `binding.py` uses it.

   An entry is a builtin function whose first argument, an Entry, knows the plan. It takes arrays
   that are exactly as they should be; every other call goes to the plan's method. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#define LONG_CALL 256 /* samples from which on other threads of Python may run meanwhile */
#define SLOT(object, place) (*(PyObject **)((char *)(object) + (place)))
#define DATA(array) PyArray_DATA((PyArrayObject *)(array))

typedef void (*Forward)(const void *theta, const void *x, void *y);
typedef void (*ForwardBatch)(const void *theta, const void *X, void *Y, size_t m);
typedef double (*Gradient)(const void *theta, const void *X, const void *Y, size_t m, void *total,
                           double *error);

typedef struct {
    PyObject_HEAD
    PyObject *held;    /* has the parameters in force */
    PyObject *back;    /* takes the calls that the entry refuses */
    PyObject *library; /* has the function */
    PyObject *results; /* the class of gradients */
    PyObject *sizes;
    PyArray_Descr *dtype;
    void *function;
    npy_intp itemsize, inputs, outputs, parameters;
    Py_ssize_t theta_of_held, theta_of_result, cost_of_result, sizes_of_result;
} Entry;

static PyObject *OUT; /* the name of the last argument, interned */

/* --- arguments ------------------------------------------------------------------------------- */

static inline int is_plain(PyObject *one, PyArray_Descr *dtype, int dimensions)
{
    return PyArray_CheckExact(one) && PyArray_DESCR((PyArrayObject *)one) == dtype &&
           PyArray_NDIM((PyArrayObject *)one) == dimensions &&
           PyArray_ISCARRAY_RO((PyArrayObject *)one);
}

static inline int is_vector(const Entry *self, PyObject *one, npy_intp length)
{
    return is_plain(one, self->dtype, 1) && PyArray_DIM((PyArrayObject *)one, 0) == length;
}

static inline int is_matrix(const Entry *self, PyObject *one, npy_intp columns)
{
    return is_plain(one, self->dtype, 2) && PyArray_DIM((PyArrayObject *)one, 1) == columns;
}

static inline int is_writable(PyObject *one)
{
    return PyArray_ISWRITEABLE((PyArrayObject *)one);
}

/* True if so many numbers of two arrays share memory; NumPy would count them again. */
static inline int overlap(const Entry *self, PyObject *one, npy_intp m, PyObject *other, npy_intp n)
{
    const char *a = DATA(one), *b = DATA(other);
    return a < b + n * self->itemsize && b < a + m * self->itemsize;
}

/* 1 if there are `needed` arguments, and perhaps `out` by place or name, which becomes *out. */
static inline int take(PyObject *const *arguments, Py_ssize_t count, PyObject *names,
                       Py_ssize_t needed, PyObject **out)
{
    if (names != NULL && PyTuple_GET_SIZE(names) == 1 && PyTuple_GET_ITEM(names, 0) == OUT &&
        count == needed)
        count++;
    else if (names != NULL && PyTuple_GET_SIZE(names) != 0)
        return 0;
    *out = count == needed + 1 && arguments[needed] != Py_None ? arguments[needed] : NULL;
    return count == needed || count == needed + 1;
}

static inline PyObject *fresh(const Entry *self, int dimensions, npy_intp *shape)
{
    Py_INCREF(self->dtype);
    return PyArray_NewFromDescr(&PyArray_Type, self->dtype, dimensions, shape, NULL, NULL, 0, NULL);
}

/* --- entries --------------------------------------------------------------------------------- */

static PyObject *forward(PyObject *given, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names)
{
    Entry *self = (Entry *)given;
    PyObject *out, *x = count ? arguments[0] : NULL;
    if (!take(arguments, count, names, 1, &out) || !is_vector(self, x, self->inputs))
        goto refused;
    if (out == NULL) {
        if ((out = fresh(self, 1, &self->outputs)) == NULL)
            return NULL;
    } else if (is_vector(self, out, self->outputs) && is_writable(out) &&
               !overlap(self, x, self->inputs, out, self->outputs))
        Py_INCREF(out);
    else
        goto refused;
    ((Forward)self->function)(DATA(SLOT(self->held, self->theta_of_held)), DATA(x), DATA(out));
    return out;
refused:
    return PyObject_Vectorcall(self->back, arguments, count, names);
}

static PyObject *forward_batch(PyObject *given, PyObject *const *arguments, Py_ssize_t count,
                               PyObject *names)
{
    Entry *self = (Entry *)given;
    PyObject *out, *X = count ? arguments[0] : NULL;
    if (!take(arguments, count, names, 1, &out) || !is_matrix(self, X, self->inputs))
        goto refused;
    npy_intp shape[2] = {PyArray_DIM((PyArrayObject *)X, 0), self->outputs};
    if (shape[0] == 0)
        goto refused;
    if (out == NULL) {
        if ((out = fresh(self, 2, shape)) == NULL)
            return NULL;
    } else if (is_matrix(self, out, self->outputs) && is_writable(out) &&
               PyArray_DIM((PyArrayObject *)out, 0) == shape[0] &&
               !overlap(self, X, shape[0] * self->inputs, out, shape[0] * self->outputs))
        Py_INCREF(out);
    else
        goto refused;
    PyObject *theta = SLOT(self->held, self->theta_of_held);
    Py_INCREF(theta); /* an update by another thread may replace it */
    PyThreadState *state = shape[0] >= LONG_CALL ? PyEval_SaveThread() : NULL;
    ((ForwardBatch)self->function)(DATA(theta), DATA(X), DATA(out), shape[0]);
    if (state != NULL)
        PyEval_RestoreThread(state);
    Py_DECREF(theta);
    return out;
refused:
    return PyObject_Vectorcall(self->back, arguments, count, names);
}

/* A new Gradient without a cost, or `out` if it can take one over X and Y; else NULL. */
static PyObject *result(Entry *self, PyObject *out, PyObject *X, PyObject *Y, npy_intp m)
{
    if (out == NULL) {
        PyTypeObject *type = (PyTypeObject *)self->results;
        PyObject *theta = fresh(self, 1, &self->parameters);
        if (theta == NULL)
            return NULL;
        if ((out = type->tp_alloc(type, 0)) == NULL) {
            Py_DECREF(theta);
            return NULL;
        }
        SLOT(out, self->theta_of_result) = theta;
        Py_INCREF(self->sizes);
        SLOT(out, self->sizes_of_result) = self->sizes;
        return out;
    }
    if ((PyObject *)Py_TYPE(out) != self->results)
        return NULL;
    PyObject *theta = SLOT(out, self->theta_of_result);
    if (SLOT(out, self->sizes_of_result) != self->sizes || theta == NULL ||
        !is_vector(self, theta, self->parameters) || !is_writable(theta) ||
        overlap(self, theta, self->parameters, X, m * self->inputs) ||
        overlap(self, theta, self->parameters, Y, m * self->outputs))
        return NULL;
    Py_INCREF(out);
    return out;
}

static PyObject *gradient(PyObject *given, PyObject *const *arguments, Py_ssize_t count,
                          PyObject *names)
{
    Entry *self = (Entry *)given;
    PyObject *out;
    npy_intp m = 1;
    if (!take(arguments, count, names, 2, &out))
        goto refused;
    PyObject *X = arguments[0], *Y = arguments[1];
    if (!is_vector(self, X, self->inputs) || !is_vector(self, Y, self->outputs)) {
        if (!is_matrix(self, X, self->inputs) || !is_matrix(self, Y, self->outputs))
            goto refused;
        m = PyArray_DIM((PyArrayObject *)X, 0);
        if (m == 0 || PyArray_DIM((PyArrayObject *)Y, 0) != m)
            goto refused;
    }
    if ((out = result(self, out, X, Y, m)) == NULL) {
        if (PyErr_Occurred())
            return NULL;
        goto refused;
    }
    PyObject *parameters = SLOT(self->held, self->theta_of_held);
    PyObject *theta = SLOT(out, self->theta_of_result);
    double error, cost;
    Py_INCREF(parameters);
    Py_INCREF(theta);
    PyThreadState *state = m >= LONG_CALL ? PyEval_SaveThread() : NULL;
    cost = ((Gradient)self->function)(DATA(parameters), DATA(X), DATA(Y), m, DATA(theta), &error);
    if (state != NULL)
        PyEval_RestoreThread(state);
    Py_DECREF(parameters);
    Py_DECREF(theta);
    PyObject *before = SLOT(out, self->cost_of_result), *now = PyFloat_FromDouble(cost);
    if (now == NULL) {
        Py_DECREF(out);
        return NULL;
    }
    SLOT(out, self->cost_of_result) = now;
    Py_XDECREF(before);
    return out;
refused:
    return PyObject_Vectorcall(self->back, arguments, count, names);
}

#define FAST(function) (PyCFunction)(void (*)(void))function, METH_FASTCALL | METH_KEYWORDS

static PyMethodDef ENTRIES[] = {
    {"forward", FAST(forward),
     "forward($self, x, out=None, /)\n--\n\nThe network's output for one sample, in C."},
    {"forward_batch", FAST(forward_batch),
     "forward_batch($self, X, out=None, /)\n--\n\nThe network's outputs for m samples, in C."},
    {"gradient", FAST(gradient),
     "gradient($self, X, Y, out=None, /)\n--\n\nCost and gradient over m samples, in C."},
};

/* --- making them ----------------------------------------------------------------------------- */

static void entry_free(PyObject *given)
{
    Entry *self = (Entry *)given;
    Py_XDECREF(self->held);
    Py_XDECREF(self->back);
    Py_XDECREF(self->library);
    Py_XDECREF(self->results);
    Py_XDECREF(self->sizes);
    Py_XDECREF(self->dtype);
    Py_TYPE(given)->tp_free(given);
}

static PyTypeObject EntryType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "binding.Entry",
    .tp_basicsize = sizeof(Entry),
    .tp_dealloc = entry_free,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

/* Where objects of a class with __slots__ have an attribute; -1 with an error if they have none. */
static Py_ssize_t place(PyObject *type, const char *name)
{
    PyObject *found = PyObject_GetAttrString(type, name);
    if (found == NULL)
        return -1;
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type))
        offset = ((PyMemberDescrObject *)found)->d_member->offset;
    else
        PyErr_Format(PyExc_TypeError, "%s is no slot of %R", name, type);
    Py_DECREF(found);
    return offset;
}

/* entry(which, address, held, back, library, results, sizes, dtype, parameters): a builtin. */
static PyObject *entry(PyObject *module, PyObject *given)
{
    int which;
    unsigned long long address;
    PyObject *held, *back, *library, *results, *sizes;
    PyArray_Descr *dtype;
    Py_ssize_t parameters;
    if (!PyArg_ParseTuple(given, "iKOOOOO!O!n", &which, &address, &held, &back, &library, &results,
                          &PyTuple_Type, &sizes, &PyArrayDescr_Type, &dtype, &parameters))
        return NULL;
    Entry *self = PyObject_New(Entry, &EntryType);
    if (self == NULL)
        return NULL;
    Py_INCREF(held), Py_INCREF(back), Py_INCREF(library), Py_INCREF(results), Py_INCREF(sizes);
    Py_INCREF(dtype);
    self->held = held, self->back = back, self->library = library, self->results = results;
    self->sizes = sizes, self->dtype = dtype, self->parameters = parameters;
    self->itemsize = PyDataType_ELSIZE(dtype);
    self->function = (void *)(size_t)address;
    self->inputs = PyLong_AsSsize_t(PyTuple_GET_ITEM(sizes, 0));
    self->outputs = PyLong_AsSsize_t(PyTuple_GET_ITEM(sizes, PyTuple_GET_SIZE(sizes) - 1));
    self->theta_of_held = place((PyObject *)Py_TYPE(held), "parameters");
    self->theta_of_result = place(results, "theta");
    self->cost_of_result = place(results, "cost");
    self->sizes_of_result = place(results, "sizes");
    PyObject *made = PyErr_Occurred() ? NULL : PyCFunction_New(ENTRIES + which, (PyObject *)self);
    Py_DECREF(self);
    return made;
}

static PyMethodDef FUNCTIONS[] = {{"entry", entry, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "binding", NULL, -1, FUNCTIONS};

PyMODINIT_FUNC PyInit_binding(void)
{
    import_array();
    if (PyType_Ready(&EntryType) < 0 || (OUT = PyUnicode_InternFromString("out")) == NULL)
        return NULL;
    return PyModule_Create(&MODULE);
}
