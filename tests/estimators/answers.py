"""Questions with answers, and answerers that many tests share."""

from functools import lru_cache

from sklearn_slm import GloveTfidfVectorizer, SLMAnswerer
from sklearn_slm.estimators.answer_blend import index_questions
from sklearn_slm.estimators.answer_data import read_questions
from sklearn_slm.estimators.answer_examples import encode_texts
from sklearn_slm.estimators.answer_fit import describe_answerer, read_task
from sklearn_slm.retrieval import USUAL_BLEND
from sklearn_slm.runtime import prepare_network
from tests.networks import draw_weights

ASKED = {
    "Choose a new code at any machine.": ["pin", "secret number", "code"],
    "Transfers cost nothing.": ["transfer", "payment abroad", "wire"],
    "We are open from nine to five.": ["branch", "office", "counter"],
    "Call us and we block it.": ["lost card", "stolen card", "missing card"],
}
OPENINGS = ["what about my {}", "i have a question on the {}", "help with a {}"]
QUESTIONS = [o.format(x) for xs in ASKED.values() for x in xs for o in OPENINGS]
ANSWERS = [answer for answer, xs in ASKED.items() for _ in xs for _ in OPENINGS]
DISTINCT = list(ASKED)


def make_answerer(**parameters):
    given = {"hidden_size": 8, "n_components": 8, "batch_size": 16, "max_iter": 15}
    given |= {"learning_rate": 0.03, "dropout": 0.0, "word_dropout": 0.0}
    given |= {"random_state": 0, "runtime": "numpy"}
    if "vectorizer" not in parameters:
        given["vectorizer"] = GloveTfidfVectorizer(n_components=6)
    return SLMAnswerer(**(given | parameters))


@lru_cache(maxsize=4)
def fit_answerer(**parameters):
    """Return a fitted answerer; nobody may change it."""
    return make_answerer(**parameters).fit(QUESTIONS, ANSWERS)


def make_random_answerer(questions=QUESTIONS, answers=ANSWERS, seed=0, **parameters):
    """Return an answerer that knows texts, with random weights: no training."""
    model = make_answerer(**parameters)
    data = read_questions(questions, answers)
    task, vectorizer = read_task(model, data, None, [0, 1, 2, 3])
    model.spec_ = describe_answerer(model, task.vectors)
    model.weights_ = draw_weights(model.spec_, seed, 0.5)
    network = prepare_network(model.spec_, model.weights_)
    vectors = encode_texts(network, task.questions), encode_texts(network, task.answers)
    known = task.known if model.match_questions else task.known[:0]
    model.index_ = index_questions(data, vectors, known, lexical=model.lexical)
    model.blend_ = USUAL_BLEND.astype("float32")
    model.vocabulary_, model.vectorizer_ = task.vectors.vocabulary, vectorizer
    model.n_iter_, model.loss_curve_ = 1, [1.0]
    model.validation_scores_ = model.best_validation_score_ = None
    model.validation_accuracy_ = model.lexical_accuracy_ = None
    return model
