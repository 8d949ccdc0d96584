#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tug::detail {

/// Which of the hosts of a pool a call goes to, and which are connected to when. It only decides. No I/O: what happens,
/// the time and chance are inputs.
///
/// Calls go to hosts that are up, that is, have a connection that answers: of two that chance names, to the one that
/// will be done sooner, by its calls and its round trip. A host is connected to where none that is up has room, where
/// fewer than `least_up` are, and where the better one of the two has a call already. Where there is no such host, one
/// that is up gets another connection. After a failure a host is left alone for a while.
class pool_plan {
public:
    using clock = std::chrono::steady_clock;
    using time = clock::time_point;
    using host_id = std::size_t;

    struct limits {
        std::size_t calls = 64; ///< In flight on one host.
        std::size_t calls_of_connection = 64;
        std::size_t connecting = 8; ///< At once.
        std::size_t least_up = 2;
        std::chrono::milliseconds first_pause{100}; ///< After a failure; each further one doubles it.
        std::chrono::milliseconds longest_pause{30'000};
        std::chrono::microseconds least_round_trip{1'000}; ///< Below it hosts are alike.
    };

    /// What a call will not or only have.
    struct wish {
        std::span<const host_id> tried; ///< It failed there: only where no other host is up.
        std::optional<host_id> only;    ///< A job's host.
    };

    explicit pool_plan(limits most) : most_(most) {}

    /// The hosts there are from now on. One that is not among them gets no more calls.
    void set_hosts(std::span<const std::string> names);

    /// The host for a call that begins now: its calls are counted from here on. Nothing where none is up with room.
    /// `chance`: a random number.
    [[nodiscard]] std::optional<host_id> begin(const wish& what, std::uint64_t chance);
    void ended(host_id host);

    /// A host to open a connection to now; nothing where none needs to be, or may. `waiting`: a call has found no host,
    /// so that one is needed in any case.
    [[nodiscard]] std::optional<host_id> connect(bool waiting, const wish& what, time now, std::uint64_t chance);

    /// The connection that connect() asked for stands, and answers.
    void connected(host_id host);

    /// It could not be opened: a pause, by chance of half of its length up to all of it.
    void failed(host_id host, time now, std::uint64_t chance);

    /// One of its connections has ended. `took_calls`: it was not silent(). Where it was the last one: a pause, as
    /// above.
    void lost(host_id host, bool took_calls, time now, std::uint64_t chance);

    /// The pool has closed one of its connections, and the host did nothing wrong.
    void closed(host_id host, bool took_calls);

    /// One of its connections takes no calls for now: it does not answer, or the process behind it is ending.
    void silent(host_id host);

    /// It does again.
    void answers(host_id host);

    /// How long a ping took.
    void measured(host_id host, std::chrono::nanoseconds round_trip);

    /// Commands of other clients that run there.
    void loaded(host_id host, std::size_t others) { hosts_[host].others = others; }

    /// When the next pause ends that has not ended yet; nothing where none is paused.
    [[nodiscard]] std::optional<time> next_retry(time now) const;

    /// The host that a name belongs to by itself, of those that are there and not paused now: others change nothing of
    /// it.
    [[nodiscard]] std::optional<host_id> home_of(const std::string& name, time now) const;

    [[nodiscard]] std::optional<host_id> find(const std::string& name) const;

    [[nodiscard]] const std::string& name(host_id host) const { return hosts_[host].name; }

    [[nodiscard]] std::size_t calls(host_id host) const { return hosts_[host].calls; }

    [[nodiscard]] std::size_t connections(host_id host) const { return hosts_[host].open; }

    [[nodiscard]] std::size_t others(host_id host) const { return hosts_[host].others; }

    [[nodiscard]] bool is_up(host_id host) const { return hosts_[host].open > 0; }

    [[nodiscard]] bool takes_calls(host_id host) const { return hosts_[host].place != nowhere; }

    [[nodiscard]] bool is_gone(host_id host) const { return hosts_[host].gone; }

    [[nodiscard]] std::size_t up() const noexcept { return up_; }

    /// Hosts that take calls.
    [[nodiscard]] std::size_t ready() const noexcept { return ready_.size(); }

    /// Hosts that are being connected to.
    [[nodiscard]] std::size_t connecting() const noexcept { return connecting_; }

    [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }

private:
    static constexpr std::size_t nowhere = ~std::size_t{0};

    struct one_host {
        std::string name;
        std::size_t calls = 0;
        std::size_t open = 0;      ///< Connections.
        std::size_t answering = 0; ///< Of these, those that are not silent.
        bool opening = false;
        std::size_t others = 0;
        std::chrono::nanoseconds round_trip{0};
        unsigned failures = 0; ///< In a row.
        time paused_until;
        bool gone = false;
        std::size_t place = nowhere; ///< In ready_.
    };

    [[nodiscard]] static bool is_unused(const one_host& host);
    void settle(host_id host);
    void stop_opening(one_host& host);
    static void pause(one_host& host, time now, std::uint64_t chance, const limits& most);

    [[nodiscard]] static bool is_paused(const one_host& host, time now) { return host.paused_until > now; }

    [[nodiscard]] static bool may_connect(const one_host& host, time now);
    [[nodiscard]] bool may_add(const one_host& host, time now) const;
    [[nodiscard]] std::optional<host_id> to_connect(bool waiting, const wish& what, time now,
                                                    std::uint64_t chance) const;
    [[nodiscard]] double cost(host_id host) const;
    [[nodiscard]] std::optional<host_id> choose(const wish& what, std::uint64_t chance) const;
    [[nodiscard]] std::optional<host_id> better_of_two(const wish& what, std::uint64_t chance) const;
    [[nodiscard]] std::optional<host_id> first_with_room(const wish& what, std::uint64_t chance) const;

    [[nodiscard]] bool has_room(host_id host) const {
        const auto& one = hosts_[host];
        return one.calls < most_.calls && one.calls < one.answering * most_.calls_of_connection;
    }

    limits most_;
    std::vector<one_host> hosts_;
    std::map<std::string, host_id> ids_;
    std::vector<host_id> ready_; ///< Those that take calls, in no order.
    std::size_t up_ = 0;
    std::size_t connecting_ = 0;
    double usual_cost_ = 0; ///< Of the hosts that calls got, the last ones above all.
    bool crowded_ = false;  ///< The last call came to a host that had one already.
};

} // namespace tug::detail
