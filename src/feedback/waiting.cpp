#include "feedback/waiting.h"

#include <algorithm>

#include "core/hash.h"

namespace volant::feedback {
namespace {

bool is_closed(const Waiting::Answer& answer) {
    return answer.from > answer.until;
}

}  // namespace

Waiting::Key Waiting::key_of(std::string_view subject, std::string_view item) {
    return hash_mix(hash64(subject), hash64(item, 1));
}

void Waiting::add(Key key, const Answer& answer) {
    std::vector<Answer>& answers = lists_[key].answers;
    const auto place = std::ranges::upper_bound(answers, answer.lsn, {}, &Answer::lsn);
    answers.insert(place, answer);
}

void Waiting::remove(Key key, log::Lsn lsn) {
    const auto found = lists_.find(key);
    if (found == lists_.end()) return;
    List& list = found->second;
    for (Answer& answer : std::ranges::equal_range(list.answers, lsn, {}, &Answer::lsn)) {
        if (is_closed(answer)) continue;
        answer.from = 1;
        answer.until = 0;
        ++list.closed;
    }
    if (list.closed == list.answers.size()) return void(lists_.erase(found));
    if (2 * list.closed <= list.answers.size()) return;
    std::vector<Answer> open;  // of their own size: a busy id may never be as busy again
    open.reserve(list.answers.size() - list.closed);
    std::ranges::remove_copy_if(list.answers, std::back_inserter(open), is_closed);
    list.answers.swap(open);
    list.closed = 0;
}

std::span<const Waiting::Answer> Waiting::of(Key key) const {
    const auto found = lists_.find(key);
    return found == lists_.end() ? std::span<const Answer>{} : found->second.answers;
}

}  // namespace volant::feedback
