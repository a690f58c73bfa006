"""
Train one network on several devices
====================================

Keras names the devices, ``keras.distribution.DataParallel``; every estimator then shares
the rows of each batch among them. Here they are four virtual ones, parts of the CPU: no
faster than the CPU itself, but they compute what four GPUs would. With GPUs, leave
``XLA_FLAGS`` out::

    python train_on_devices.py

The loss falls as on one device. Dropout is left out for that: its masks differ from device
to device.
"""

import os

# Both are read when JAX starts.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=4")

import keras

from sklearn_slm import SLMTextClassifier, load_demo_corpus

corpus = load_demo_corpus("en")


def train() -> list[float]:
    """Return the loss of each epoch."""
    model = SLMTextClassifier(
        8,
        dropout=0.0,
        word_dropout=0.0,
        ngrams=None,
        max_iter=4,
        early_stopping=False,
        random_state=0,
    )
    return model.fit(corpus.data, corpus.target).loss_curve_


alone = train()
devices = keras.distribution.list_devices()
keras.distribution.set_distribution(keras.distribution.DataParallel())
shared = train()
keras.distribution.set_distribution(None)

print(f"epoch  one device  {len(devices)} devices")
for epoch, losses in enumerate(zip(alone, shared), 1):
    print("{:5}  {:10.6f}  {:9.6f}".format(epoch, *losses))
