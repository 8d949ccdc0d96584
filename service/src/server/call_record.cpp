#include "server/call_record.hpp"

namespace tug::service {

proto::errc code_of(const answer& outcome) noexcept {
    return outcome ? proto::errc::success : outcome.error().code;
}

void call_record::write(const caller& who, const answer& outcome) const {
    line_.write(who, outcome, 0);
    counts_->answered(code_of(outcome));
}

void call_record::write(call& c, const answer& outcome) const {
    line_.write(c.who(), outcome, c.io().carried(), c.recording);
    counts_->answered(code_of(outcome));
    counts_->took(std::chrono::steady_clock::now() - begun_);
    counts_->carried(c.io().received(), c.io().sent());
}

} // namespace tug::service
