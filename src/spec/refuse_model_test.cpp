// What a model of volant.yaml may not say: each case with a part of its message.
#include "spec/refuse_cases.h"

namespace volant::spec {
namespace {

using testing::Case;
using ::testing::HasSubstr;
using testing::kShop;
using testing::refusal;

class RefusesModel : public ::testing::TestWithParam<Case> {};
TEST_P(RefusesModel, InTheShop) {
    EXPECT_THAT(refusal(std::string(kShop) + "models:\n  m:\n    " + GetParam().text),
                HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Decide, RefusesModel,
    ::testing::Values(
        Case{"{}", "14:3: models.m: expected decide"}, Case{"{features: '*'}", "expected decide"},
        Case{"{decide: book, features: '*'}", "decide: found \"book\", expected a map"},
        Case{"{decide: {}, features: '*'}", "expected decide: {rank: ENTITY}"},
        Case{"{decide: {rank: book, classify: user}}", "expected decide: {rank: ENTITY}"},
        Case{"{decide: {rnak: book}}", "did you mean \"rank\"?"},
        Case{"{decide: {choose: offer}}", "decide.choose: not yet in this release"},
        Case{"{decide: {forecast: x}}", "decide.forecast: not yet"},
        Case{"{decide: {rank: bok}}", "unknown entity \"bok\"; did you mean \"book\"?"},
        Case{"{decide: {rank: read.ms}}", "unknown entity \"read.ms\""},
        Case{"{decide: {rank: user}}", "\"user\" is the subject; expected the items' entity"},
        Case{"{decide: {classify: raed.ok}}", "unknown event \"raed\""},
        Case{"{decide: {classify: read.okk}}",
             "unknown property of event \"read\", \"okk\"; did you mean \"ok\"?"},
        Case{"{decide: {classify: read.device}}",
             "\"device\" is a string, expected bool or int (0 or 1)"},
        Case{"{decide: {regress: read.device}}", "\"device\" is a string, expected a number"},
        Case{"{decide: {rank: book}}", "14:3: models.m: expected features or inputs"},
        Case{"{decide: {rank: book}, features: [usr.*]}",
             "features[0]: no feature is named like \"usr.*\"; did you mean \"user.*\"?"},
        Case{"{decide: {rank: book}, features: [user.read]}",
             "unknown feature \"user.read\"; did you mean \"user.reads\"?"},
        Case{"{decide: {rank: book}, features: [[a]]}", "found a list, expected a single value"},
        Case{"{decide: {classify: user}, features: [book.*]}",
             "feature \"book.reads\" is keyed by \"book\", which this decision does not have"},
        Case{"{decide: {rank: book}, inputs: {device: strng}}", "did you mean \"string\"?"},
        Case{"{decide: {rank: book}, inputs: [device]}", "inputs: found a list, expected a map"},
        Case{"{decide: {classify: read.ok}, inputs: {ok: bool}}", "the label cannot be an input"},
        Case{"{decide: {classify: read.ok}, inputs: {ms: string}}",
             "found string, but event \"read\" declares it as int"},
        Case{"{decide: {rank: book}, features: '*', evaluate: {folds: 5}}", "evaluate: not yet"},
        Case{"{decide: {rank: book}, featurs: '*'}", "did you mean \"features\"?"}));

INSTANTIATE_TEST_SUITE_P(
    OutcomeAndExamples, RefusesModel,
    ::testing::Values(
        Case{"{decide: {rank: book}, features: '*', outcome: {event: opn}}",
             "outcome.event: unknown event \"opn\""},
        Case{"{decide: {rank: book}, features: '*', outcome: {event: visit}}",
             "event \"visit\" has no \"book\", so it cannot be joined to the decision"},
        Case{"{decide: {rank: book}, features: '*', outcome: {event: read.device}}",
             "\"device\" is a string, expected a number"},
        Case{"{decide: {rank: book}, features: '*', outcome: {within: all}}",
             "within: found \"all\", expected a duration from 1s to 365d"},
        Case{"{decide: {rank: book}, features: '*', outcome: {within: 0s}}",
             "expected a duration from 1s"},
        Case{"{decide: {rank: book}, features: '*', outcome: {otherwise: none}}",
             "expected a number"},
        Case{"{decide: {regress: user}, features: user.*, outcome: {otherwise: 1e200}}",
             "found 1e+200, expected a number from -1e+15 to 1e+15"},
        Case{"{decide: {rank: book}, features: '*', outcome: {aggregate: mean}}",
             "expected one of first, last, sum, max"},
        Case{"{decide: {rank: book}, features: '*', outcome: {event: open, otherwise: 2}}",
             "found 2, expected 0 or 1: the loss is logistic"},
        Case{"{decide: {rank: book}, features: '*', outcome: {event: open, aggregate: sum}}",
             "a sum is not yes or no"},
        Case{"{decide: {rank: book}, features: '*', outcome: {evnt: open}}",
             "did you mean \"event\"?"},
        Case{"{decide: {rank: book}, features: '*', examples: {}}", "examples: expected at"},
        Case{"{decide: {rank: book}, features: '*', examples: {at: opn}}", "unknown event \"opn\""},
        Case{"{decide: {rank: book}, features: '*', examples: {at: visit}}",
             "event \"visit\" has no \"book\""},
        Case{"{decide: {rank: book}, features: '*', examples: {at: read, label: mss}}",
             "did you mean \"ms\"?"},
        Case{"{decide: {rank: book}, features: '*', examples: {at: read, negatives: -1}}",
             "expected an integer from 0 to 1000"},
        Case{"{decide: {classify: user}, features: user.*, examples: {at: read, label: ok, "
             "negatives: 5}}",
             "only a ranking has negatives"},
        Case{"{decide: {classify: user}, features: user.*, examples: {at: read}}",
             "nothing says what their label is"},
        Case{"{decide: {classify: read.ok}, features: user.*, examples: {at: open}}",
             "found \"open\", expected \"read\", whose field is the label"},
        Case{"{decide: {classify: read.ok}, features: user.*, examples: {at: read, label: ok}}",
             "the label is read.ok already"}));

INSTANTIATE_TEST_SUITE_P(
    LearnerAndLoop, RefusesModel,
    ::testing::Values(
        Case{"{decide: {rank: book}, features: '*', learner: linear}",
             "learner: found \"linear\", expected a map"},
        Case{"{decide: {rank: book}, features: '*', learner: {family: linaer}}",
             "found \"linaer\", expected linear; did you mean \"linear\"?"},
        Case{"{decide: {rank: book}, features: '*', learner: {family: trees}}",
             "family: \"trees\" is not yet in this release; expected linear"},
        Case{"{decide: {rank: book}, features: '*', learner: {family: [linear, trees]}}",
             "found a list"},
        Case{"{decide: {rank: book}, features: '*', learner: {layers: [relu]}}",
             "learner.layers: not yet"},
        Case{"{decide: {rank: book}, features: '*', learner: {bits: 30}}",
             "expected an integer from 18 to 24"},
        Case{"{decide: {rank: book}, features: '*', learner: {rate: 0}}",
             "expected a number from 1e-6"},
        Case{"{decide: {rank: book}, features: '*', learner: {rate: fast}}", "expected a number"},
        Case{"{decide: {rank: book}, features: '*', learner: {optimizer: adam}}",
             "expected one of adaptive, ftrl"},
        Case{"{decide: {regress: user}, features: user.*, learner: {loss: logistic}}",
             "a number is not learned by logistic"},
        Case{"{decide: {classify: user}, features: user.*, learner: {loss: squared}}",
             "yes or no is learned by logistic"},
        Case{"{decide: {regress: user}, features: user.*, learner: {loss: poisson}, outcome: "
             "{otherwise: -1}}",
             "found -1, expected at least 0"},
        Case{"{decide: {rank: book}, features: '*', learner: {interactions: user}}",
             "expected lists of groups: [[user, book]]"},
        Case{"{decide: {rank: book}, features: '*', learner: {interactions: [user]}}",
             "interactions[0]: expected 2 to 4 groups"},
        Case{"{decide: {rank: book}, features: '*', learner: {interactions: [[user]]}}",
             "expected 2 to 4 groups"},
        Case{"{decide: {rank: book}, features: '*', learner: {interactions: [[user, bok]]}}",
             "unknown group of this model \"bok\"; did you mean \"book\"?"},
        Case{"{decide: {rank: book}, features: '*', learner: {interactions: [[user, input]]}}",
             "unknown group of this model \"input\""},
        Case{"{decide: {rank: book}, features: '*', loop: {online: yes}}",
             "online: found \"yes\", expected true or false"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: 2}}",
             "explore: found \"2\", expected a share from 0 to 1"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: [1]}}",
             "explore: found a list, expected a share"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: {}}}",
             "expected {epsilon: SHARE} or {softmax: TEMPERATURE}"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: {epsilon: 0.1, softmax: 1}}}",
             "expected {epsilon: SHARE} or"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: {softmax: 0}}}",
             "expected a number from 0.001"},
        Case{"{decide: {rank: book}, features: '*', loop: {explore: {softmx: 1}}}",
             "did you mean \"softmax\"?"},
        Case{"{decide: {classify: user}, features: user.*, loop: {explore: 0.1}}",
             "only a ranking explores"},
        Case{"{decide: {rank: book}, features: '*', loop: {holdback: 0.6}}",
             "expected a share from 0 to 0.5"},
        Case{"{decide: {rank: book}, features: '*', loop: {retrain: 1d}}",
             "retrain: found \"1d\", expected a map"},
        Case{"{decide: {rank: book}, features: '*', loop: {retrain: {or_after: 5 records}}}",
             "expected an integer from 1 to 1000000000 (outcomes)"},
        Case{"{decide: {rank: book}, features: '*', loop: {retrain: {every: 10s}}}",
             "expected a duration from 1m"},
        Case{"{decide: {rank: book}, features: '*', loop: {gate: {alpha: 0}}}",
             "expected a number from 0.0001"},
        Case{"{decide: {rank: book}, features: '*', loop: {gate: {patience: all}}}",
             "expected a duration from 1m to 365d"}));

class RefusesModels : public ::testing::TestWithParam<Case> {};
TEST_P(RefusesModels, OfTheFile) {
    EXPECT_THAT(refusal(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    WithoutSubject, RefusesModels,
    ::testing::Values(
        Case{"entities: {book: {}}\nmodels: {m: {decide: {rank: book}, inputs: {a: int}}}",
             "a ranking is made for a subject; name one"},
        Case{"entities: {book: {}}\nmodels: {m: {decide: {classify: book}, inputs: {a: int}, loop: "
             "{holdback: 0.1}}}",
             "holdback: is a share of subjects; name one"},
        Case{"models: {a b: {decide: {rank: book}}}", "found the name \"a b\""},
        Case{"models: {m: }", "expected decide"}));

TEST(RefusesFamily, TheNetworkOfALaterRelease) {
    EXPECT_THAT(
        refusal("models:\n"
                "  digits:\n"
                "    learner:\n"
                "      family: cnn\n"
                "      input: { image: 3x32x32, resize: 32, normalize: [0.5, 0.5] }\n"),
        HasSubstr("4:15: models.digits.learner.family: \"cnn\" is not yet in this release"));
}

}  // namespace
}  // namespace volant::spec
