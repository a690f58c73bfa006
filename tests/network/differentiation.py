"""Gradients on whichever backend Keras runs."""

from sklearn_slm.network.backend import import_keras, import_native

keras, native = import_keras(), import_native()


def differentiate(loss, arguments):
    """Return a loss and its gradients with respect to all arguments, as arrays."""
    if keras.backend.backend() == "jax":
        import jax

        value, gradients = jax.value_and_grad(lambda a: loss(*a))(arguments)
    else:
        tensors = [keras.ops.convert_to_tensor(a) for a in arguments]
        (value, _), gradients = native.differentiate(lambda *a: (loss(*a), ()), tensors)
    return float(native.to_numpy(value)), [native.to_numpy(g) for g in gradients]
