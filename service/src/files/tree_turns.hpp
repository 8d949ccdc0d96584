#pragma once

#include <tug/net/condition.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tug::service {

/// Tries of one transfer, each a call: a later one has the earlier ones ended, and begins when they have. An earlier
/// one may still be there because the server has not noticed yet that its connection is lost. Thread safe; must outlive
/// its turns.
class tree_turns {
public:
    class turn;

    /// The next turn of what has that name. `end` has the call ended; it is called on `executor`, once at most, where
    /// the call uses its turn, too.
    [[nodiscard]] turn take(std::string name, boost::asio::any_io_executor executor, std::function<void()> end);

private:
    struct seat {
        seat(std::string of, boost::asio::any_io_executor on, std::function<void()> by)
            : name(std::move(of)), executor(on), end(std::move(by)), changed(std::move(on)) {}

        std::string name;
        boost::asio::any_io_executor executor;
        std::function<void()> end; ///< Empty once the turn is over.
        net::condition changed;
        bool begun = false; ///< Those before have ended.
        // With the mutex:
        std::shared_ptr<seat> before; ///< Null once that has left.
        std::weak_ptr<seat> next;
    };

    void leave(const std::shared_ptr<seat>& whose) noexcept;
    static void begin(std::shared_ptr<seat> whose);

    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<seat>> last_;
};

/// The turn of one call; over when it is destroyed.
class tree_turns::turn {
public:
    turn(tree_turns& of, std::shared_ptr<seat> mine) noexcept : of_(&of), mine_(std::move(mine)) {}

    turn(turn&& other) noexcept : of_(other.of_), mine_(std::move(other.mine_)) {}

    turn& operator=(turn&&) = delete;

    ~turn() {
        if (mine_) of_->leave(mine_);
    }

    /// Until those before have ended. Cancellable.
    [[nodiscard]] boost::asio::awaitable<void> come();

private:
    tree_turns* of_;
    std::shared_ptr<seat> mine_;
};

} // namespace tug::service
