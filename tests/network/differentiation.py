"""Gradients on whichever backend Keras runs."""

from sklearn_slm.network.backend import import_keras, import_native

keras, native = import_keras(), import_native()


def compile_loss(loss):
    """Return a function of the same arguments that compiles once, and returns a float."""
    if keras.backend.backend() == "jax":
        import jax

        compiled = jax.jit(loss)
    else:

        def compiled(*arguments):
            return loss(*[keras.ops.convert_to_tensor(a) for a in arguments])

    return lambda *arguments: float(native.to_numpy(compiled(*arguments)))


def differentiate(loss, arguments):
    """Return a loss and its gradients with respect to all arguments, as arrays."""
    if keras.backend.backend() == "jax":
        import jax

        # As a whole: one by one, each operation and each way back would be compiled.
        step = jax.jit(jax.value_and_grad(lambda a: loss(*a)))
        value, gradients = step(list(arguments))
    else:
        tensors = [keras.ops.convert_to_tensor(a) for a in arguments]
        (value, _), gradients = native.differentiate(lambda *a: (loss(*a), ()), tensors)
    return float(native.to_numpy(value)), [native.to_numpy(g) for g in gradients]
