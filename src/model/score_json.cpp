#include "model/score_json.h"

namespace volant::model {

void write_scores(json::Writer& out, const std::vector<Score>& scores) {
    out.array();
    for (const Score& score : scores) {
        out.object();
        out.key("name").string(score.name);
        out.key("value").number(score.value);
        out.key("low").number(score.low);
        out.key("high").number(score.high);
        out.key("baseline").number(score.baseline);
        out.end();
    }
    out.end();
}

}  // namespace volant::model
