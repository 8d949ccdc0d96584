#include "files/tree_turns.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tug::service {

namespace asio = boost::asio;

tree_turns::turn tree_turns::take(std::string name, asio::any_io_executor executor, std::function<void()> end) {
    auto mine = std::make_shared<seat>(std::move(name), std::move(executor), std::move(end));
    const std::lock_guard lock(mutex_);
    auto& last = last_[mine->name];
    mine->before = last.lock();
    last = mine;
    mine->begun = mine->before == nullptr;
    if (const auto before = mine->before) {
        before->next = mine;
        asio::post(before->executor, [before] {
            if (before->end) before->end();
        });
    }
    return {*this, std::move(mine)};
}

/// One that leaves before its turn has come hands its place in the line on.
void tree_turns::leave(const std::shared_ptr<seat>& whose) noexcept {
    whose->end = nullptr;
    const std::lock_guard lock(mutex_);
    const auto next = whose->next.lock();
    const auto before = std::exchange(whose->before, nullptr);
    if (before) before->next = next;
    if (next) next->before = before;
    if (next && !before) begin(next);
    const auto last = last_.find(whose->name);
    if (last == last_.end() || last->second.lock() != whose) return;
    if (before)
        last->second = before;
    else
        last_.erase(last);
}

void tree_turns::begin(std::shared_ptr<seat> whose) {
    const auto executor = whose->executor;
    asio::post(executor, [whose = std::move(whose)] {
        whose->begun = true;
        whose->changed.notify_all();
    });
}

asio::awaitable<void> tree_turns::turn::come() {
    while (!mine_->begun) co_await mine_->changed.async_wait(asio::use_awaitable);
}

} // namespace tug::service
