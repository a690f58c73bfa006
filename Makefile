# Everything happens in .venv; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

# What predicting needs; docs/user_guide/serving.md names the same packages.
SERVING = numpy scipy scikit-learn joblib threadpoolctl safetensors click onnx onnxruntime

# What training elsewhere than on JAX needs: the versions that the tests were made with.
# TensorFlow comes without what only a GPU needs.
BACKENDS = torch tensorflow
PACKAGES_torch = ".[torch]" torch==2.13.0
PACKAGES_tensorflow = . tensorflow-cpu==2.21.0

.PHONY: help demo test test-slow test-serving test-backends install-backends test-distributed test-lowest test-wheel lint bench docs clean

help:
	@echo "make demo   install, train on the embedded corpus, save, load, classify"
	@echo "make test   install with the test extra and run the suite"
	@echo "make test-slow   the code of the guide, the examples and the demo, as part of it"
	@echo "make test-serving   predict in an environment without Keras and JAX"
	@echo "make test-backends   train on PyTorch and on TensorFlow, in two more environments"
	@echo "make test-distributed   search, predict, count on Dask and Ray; train on several devices"
	@echo "make test-lowest   train with the lowest versions that setup.cfg promises, in one more"
	@echo "make test-wheel   build the wheel and test it, as pip installs it, in one more"
	@echo "make lint   ruff and mypy"
	@echo "make bench DATA=folder   all benchmarks beside their peers, one page of tables"
	@echo "make docs   these pages as HTML, in docs/_build/html; runs the examples"
	@echo "make clean  remove .venv and what was built"

$(BIN)/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)

# One stamp per set of extras, renewed when the project's dependencies change.
$(VENV)/.installed-%: pyproject.toml setup.cfg | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$*]"
	@touch $@

demo: $(VENV)/.installed-demo
	$(BIN)/python examples/demo.py
	$(BIN)/python examples/demo_others.py

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n 2

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n 2 -m slow

test-serving: tests/check_serving_install.py
	$(PYTHON) -m venv $(VENV)-serving
	$(VENV)-serving/bin/python -m pip install --quiet --disable-pip-version-check $(SERVING)
	$(VENV)-serving/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(VENV)-serving/bin/python -W error $<

# TensorFlow traces each of its functions, which is what tests of tiny networks wait for:
# it runs those of the formulas, PyTorch also those of the loops around them.
TESTS_torch = tests/network tests/test_readers.py
TESTS_tensorflow = tests/network/heads tests/network/kernels tests/network/steps \
    $(foreach test, learns_from_texts_and_adversaries_and_goes_through_pickle[gru] \
    learns_from_texts_and_adversaries_and_goes_through_pickle[rnn] \
    same_seed_same_bits_and_no_global_generator_moves several_labels_and_every_optimizer[sgd] \
    warm_start_goes_on_from_the_weights a_stream_goes_on_with_the_optimizer_it_has, \
    --deselect 'tests/estimators/test_backends.py::test_$(test)')

# One thread: networks as small as those of the tests gain nothing from a second.
test-backends: $(BACKENDS:%=test-%)

install-backends: $(BACKENDS:%=$(VENV)-%/.installed)

$(BACKENDS:%=test-%): test-%: $(VENV)-%/.installed
	KERAS_BACKEND=$* OMP_NUM_THREADS=1 $(VENV)-$*/bin/python -m pytest -q -n 2 --dist worksteal \
	    -W error $(TESTS_$*) tests/estimators/test_backends.py

test-distributed: pyproject.toml setup.cfg
	$(PYTHON) -m venv $(VENV)-distributed
	$(VENV)-distributed/bin/python -m pip install --quiet --disable-pip-version-check \
	    pytest -e ".[distributed]"
	OMP_NUM_THREADS=1 $(VENV)-distributed/bin/python -m pytest -q -m 'not slow' \
	    tests/test_distributed.py tests/test_training_on_devices.py

test-lowest: pyproject.toml setup.cfg tests/lowest.txt
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check \
	    --constraint tests/lowest.txt pytest -e .
	$(VENV)-lowest/bin/python -m pytest -q tests/network tests/test_readers.py

# The wheel comes out of the sdist, and the tests run where the sources are not. What does not
# wait for the compiler, unless told: make test-wheel TESTS_wheel=tests
TESTS_wheel = $(addprefix tests/, audio datasets decoding embeddings ngrams persistence \
    retrieval spec text test_architecture.py test_unwrap.py test_versions.py)
WHEEL = $(VENV)-wheel

test-wheel:
	rm -rf $(WHEEL)
	$(PYTHON) -m venv $(WHEEL)
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check build
	$(WHEEL)/bin/python -m build --outdir $(WHEEL)/dist . > $(WHEEL)/build.log
	for wheel in $(WHEEL)/dist/*.whl; do \
	    $(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check "$$wheel[test]"; done
	$(WHEEL)/bin/python -m pip check
	mkdir $(WHEEL)/suite
	tar -c --exclude=_build --exclude=auto_examples --exclude=__pycache__ tests docs examples \
	    benchmarks pyproject.toml setup.cfg Makefile CITATION.cff *.md | tar -x -C $(WHEEL)/suite
	cd $(WHEEL)/suite && ../bin/slm --version && ../bin/python -c \
	    "import sklearn_slm as s; assert 'site-packages' in s.__file__, s.__file__"
	cd $(WHEEL)/suite && ../bin/python -m pytest -q -n 2 $(TESTS_wheel)

$(VENV)-%/.installed: pyproject.toml setup.cfg Makefile
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check \
	    pytest pytest-xdist -e $(PACKAGES_$*)
	@touch $@

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-bench
	@test -n "$(DATA)" || (echo "make bench needs the folder of data sets: make bench DATA=folder"; exit 2)
	$(BIN)/python benchmarks/run_all.py --data $(DATA)

docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) $(VENV)-serving $(VENV)-distributed $(VENV)-lowest $(WHEEL) $(BACKENDS:%=$(VENV)-%)
	rm -rf build dist *.egg-info demo-output
	rm -rf docs/_build docs/auto_examples docs/reference/generated
