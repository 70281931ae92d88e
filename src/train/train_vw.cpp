#include "train/train_vw.h"

#include "train/line_blocks.h"
#include "train/vw_text.h"

namespace volant::train {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;  // its separators stay in the second-level cache
// Parsed ahead of learning, so that the weights are on their way from memory meanwhile.
constexpr std::size_t kExamplesAhead = 64;

class VwTrainer {
  public:
    explicit VwTrainer(const spec::LearnerDecl& learner)
        : loss_(learner.loss),
          model_(std::make_unique<model::LinearModel>(learner)),
          parser_(learner.interactions) {
        parser_.prefetch(model_->table(), model_->mask());
    }

    Status learn_block(LineBlocks& blocks, std::size_t& bytes) {
        VOLANT_TRY(bytes, blocks.next([this](std::size_t size) { return parser_.buffer(size); }));
        parser_.load_filled(bytes);
        for (;;) {
            VOLANT_OK(parser_.next(batch_, kExamplesAhead));
            if (batch_.size() == 0) return {};
            for (std::size_t i = 0; i < batch_.size(); ++i)
                VOLANT_OK(learn(batch_.examples[i], batch_.terms_of(i)));
        }
    }

    VwTraining finish() {
        report_.loss = report_.weight > 0 ? report_.loss / report_.weight : 0;
        return {std::move(model_), report_};
    }

  private:
    Status learn(const VwBatch::Example& example, std::span<const model::Term> terms) {
        if (!example.labelled || example.weight == 0) {
            ++report_.unlabelled;
            return {};
        }
        Result<float> label = vw_label(example.label, loss_);
        if (!label.ok()) {
            return std::move(label).error().within("line " + std::to_string(example.line));
        }
        const double prediction = model_->learn(terms, *label, example.weight);
        report_.loss += example.weight * model_->loss(prediction, *label);
        report_.weight += example.weight;
        report_.terms += terms.size();
        ++report_.examples;
        return {};
    }

    spec::Loss loss_;
    std::unique_ptr<model::LinearModel> model_;
    VwParser parser_;
    VwBatch batch_;
    VwReport report_;
};

}  // namespace

Result<float> vw_label(float label, spec::Loss loss) {
    if (loss == spec::Loss::kLogistic) {
        label = label == -1 ? 0 : label;
        if (label < 0 || label > 1)
            return fail(Code::kOutOfRange, "label " + std::to_string(label) +
                                               ", expected -1, or 0 to 1, for logistic loss");
    }
    if (loss == spec::Loss::kPoisson && label < 0)
        return fail(Code::kOutOfRange,
                    "label " + std::to_string(label) + ", expected 0 or more for Poisson loss");
    return label;
}

Result<VwTraining> train_vw_file(const std::string& path, const spec::LearnerDecl& learner,
                                 const VwProgress& progress) {
    VOLANT_TRY(LineBlocks blocks, LineBlocks::open(path, kBlockBytes, kVwLineMax));
    VwTrainer trainer(learner);
    const std::uint64_t total = blocks.bytes_total();
    for (std::uint32_t pass = 0; pass < learner.passes; ++pass) {
        if (pass > 0) VOLANT_OK(blocks.rewind());
        for (std::size_t bytes = 1; bytes > 0;) {
            Status status = trainer.learn_block(blocks, bytes);
            if (!status.ok()) return std::move(status).error().within(path);
            if (progress && !progress(pass * total + blocks.bytes_read(), learner.passes * total))
                return fail(Code::kCancelled, "cancelled");
        }
    }
    return trainer.finish();
}

}  // namespace volant::train
