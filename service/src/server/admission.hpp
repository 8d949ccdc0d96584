#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>

namespace tug::service {

/// Counts connections, and decides who must make room: connections that have not logged in can never lock out a
/// client who will. Thread safe.
class admission {
public:
    struct limits {
        std::size_t connections;
        std::size_t unauthenticated;
        std::size_t unauthenticated_per_source;
    };

    /// `source` is the address without its port; empty for those whom no limit per source concerns.
    /// `make_room` ends the connection without a word; it is called on any thread, at most once.
    using make_room = std::function<void()>;

    class ticket;

    explicit admission(const limits& l) : limits_(l) {}

    /// A place for a new connection, which the ticket gives back. A ticket that is not valid() says that the limit of
    /// connections is reached. `close_me` may be called from now on, also before enter() returns.
    [[nodiscard]] ticket enter(std::string source, make_room close_me);

    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t unauthenticated() const;

private:
    struct newcomer {
        std::string source;
        make_room close;
    };

    using place = std::list<newcomer>::iterator;

    [[nodiscard]] make_room oldest_if_full(const std::string& source);
    void forget(place at);

    limits limits_;
    mutable std::mutex mutex_;
    std::size_t connections_ = 0;
    std::list<newcomer> unauthenticated_; ///< The oldest first.
    std::size_t present_ = 0;             ///< Of these, those who were not asked to go.
    std::map<std::string, std::size_t, std::less<>> per_source_;
};

/// The place of one connection. Move-only.
class admission::ticket {
public:
    ticket() = default;
    ticket(ticket&& other) noexcept;
    ticket& operator=(ticket&& other) noexcept;
    ~ticket();

    [[nodiscard]] bool valid() const noexcept { return owner_ != nullptr; }

    /// The connection has logged in.
    void logged_in();

private:
    friend class admission;
    admission* owner_ = nullptr;
    place at_;
    bool is_unauthenticated_ = false;
};

} // namespace tug::service
