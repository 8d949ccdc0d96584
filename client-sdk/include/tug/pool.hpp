#pragma once

#include <tug/client.hpp>
#include <tug/pool_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tug {

class pool;
class pool_lease;
struct pool_connection;

namespace detail {

class pool_state;
using pool_ptr = std::shared_ptr<pool_state>;

[[nodiscard]] boost::asio::any_io_executor home_of(const pool_ptr& of);
[[nodiscard]] boost::asio::awaitable<exec_result> pool_exec(pool_ptr p, command what);
[[nodiscard]] boost::asio::awaitable<exec_result> pool_run_once(pool_ptr p, std::string name, command what);
[[nodiscard]] boost::asio::awaitable<boost::json::value> pool_call(pool_ptr p, std::string method,
                                                                   boost::json::object params);
[[nodiscard]] boost::asio::awaitable<put_result> pool_put(pool_ptr p, std::string local, std::string remote,
                                                          put_options how);
[[nodiscard]] boost::asio::awaitable<put_result> pool_put_bytes(pool_ptr p, std::string bytes, std::string remote,
                                                                put_options how);
[[nodiscard]] boost::asio::awaitable<get_result> pool_get(pool_ptr p, std::string remote, std::string local,
                                                          get_options how);
[[nodiscard]] boost::asio::awaitable<std::string> pool_get_bytes(pool_ptr p, std::string remote, get_options how);
[[nodiscard]] boost::asio::awaitable<file_info> pool_stat(pool_ptr p, std::string path);
[[nodiscard]] boost::asio::awaitable<pool_lease> pool_lease_one(pool_ptr p);
[[nodiscard]] boost::asio::awaitable<pool_connection> pool_take(pool_ptr p, std::string job);

} // namespace detail

/// A host of a pool for as long as this object lives: its calls count as one of that host. Made by pool::lease().
class pool_lease {
public:
    pool_lease() noexcept;
    pool_lease(detail::pool_ptr of, std::size_t host, std::shared_ptr<client> on) noexcept;
    pool_lease(pool_lease&& other) noexcept;
    pool_lease& operator=(pool_lease&& other) noexcept;
    ~pool_lease();

    /// The connection, which others use too. Precondition: it was brought by pool::lease().
    [[nodiscard]] client& operator*() const noexcept { return *on_; }

    [[nodiscard]] client* operator->() const noexcept { return on_.get(); }

private:
    friend class detail::pool_state;

    detail::pool_ptr of_;
    std::size_t host_ = 0;
    std::shared_ptr<client> on_;
};

/// A connection that was taken out of a pool.
struct pool_connection {
    std::string host; ///< As the pool has it.
    client on;
};

/// What a pool has of a host.
struct pool_host {
    std::string address;
    std::size_t calls = 0;       ///< In flight.
    std::size_t connections = 0; ///< That stand.
    std::size_t others = 0;      ///< Commands that it runs for other clients, as it has said last.
    bool up = false;             ///< Connected.
    bool takes_calls = false;
};

/// Many hosts that can do the same, as one. Each call goes to one of them: of two that chance names to the less loaded,
/// by its own calls there, the commands of others (client::info()) and its round trip; of two more where both are worse
/// than usual. Connections are opened as calls need them, and shared by the calls of a host. A host that fails is left
/// alone for 100 ms, then twice as long each time, up to 30 s; one that does not answer, or is ending, gets no more
/// calls.
///
///     tug::pool pool(executor, {"build1:8840", "build2:8840"});
///     auto made = co_await pool.exec(tug::command("make"));
///
/// What is repeated: put (unless put_options::overwrite(false)), get and stat are made again on another
/// host where the connection fails, or the host is busy, ends, or answers no ping. run_once() is made again on the host
/// where it was begun, and on no other: it runs once. Everything else is sent once: when the connection ends before the
/// answer, connection_lost says so, and whether it was done is not known.
///
/// Tokens, errors, cancellation and threads: as client. A call that finds no host within pool_options::wait_at_most()
/// fails with what the last host failed with, or with busy where all have as many calls as they may.
class pool {
public:
    /// A pool of these addresses. It lives on `home`.
    pool(boost::asio::any_io_executor home, std::vector<std::string> hosts, pool_options how = {});

    /// A pool of all hosts that `name` resolves to, resolved again as pool_options::resolve_every() says. `name`:
    /// "web.example" or "web.example:8840".
    [[nodiscard]] static pool of_name(boost::asio::any_io_executor home, std::string name, pool_options how = {});

    pool(pool&& other) noexcept;
    pool& operator=(pool&& other) noexcept;
    /// Closes the connections at once: calls fail with client_closed.
    ~pool();

    /// client::exec(). Sent once.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto exec(command what, Token&& token = Token()) {
        return detail::initiate(detail::pool_exec(state_, std::move(what)), state_, std::forward<Token>(token));
    }

    /// client::run_once(). The job stays on its host: this pool remembers it, and another pool of the same hosts looks
    /// for it on the same one, as long as that can be reached.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto run_once(std::string name, command what, Token&& token = Token()) {
        return detail::initiate(detail::pool_run_once(state_, std::move(name), std::move(what)), state_,
                                std::forward<Token>(token));
    }

    /// client::call(). Sent once.
    template <detail::token_for<boost::json::value> Token = detail::default_token>
    [[nodiscard]] auto call(std::string method, boost::json::object params, Token&& token = Token()) {
        return detail::initiate(detail::pool_call(state_, std::move(method), std::move(params)), state_,
                                std::forward<Token>(token));
    }

    /// client::put() to one of the hosts. Repeated, unless put_options::overwrite(false).
    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put(std::string local, std::string remote, put_options how, Token&& token = Token()) {
        return detail::initiate(detail::pool_put(state_, std::move(local), std::move(remote), std::move(how)), state_,
                                std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put_bytes(std::string bytes, std::string remote, put_options how, Token&& token = Token()) {
        return detail::initiate(detail::pool_put_bytes(state_, std::move(bytes), std::move(remote), std::move(how)),
                                state_, std::forward<Token>(token));
    }

    /// client::get(). Repeated.
    template <detail::token_for<get_result> Token = detail::default_token>
    [[nodiscard]] auto get(std::string remote, std::string local, get_options how, Token&& token = Token()) {
        return detail::initiate(detail::pool_get(state_, std::move(remote), std::move(local), std::move(how)), state_,
                                std::forward<Token>(token));
    }

    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto get_bytes(std::string remote, get_options how, Token&& token = Token()) {
        return detail::initiate(detail::pool_get_bytes(state_, std::move(remote), std::move(how)), state_,
                                std::forward<Token>(token));
    }

    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto get_bytes(std::string remote, Token&& token = Token()) {
        return get_bytes(std::move(remote), get_options(), std::forward<Token>(token));
    }

    /// files::stat(). Repeated.
    template <detail::token_for<file_info> Token = detail::default_token>
    [[nodiscard]] auto stat(std::string path, Token&& token = Token()) {
        return detail::initiate(detail::pool_stat(state_, std::move(path)), state_, std::forward<Token>(token));
    }

    /// A host for any other call, which the pool then neither repeats nor watches.
    template <detail::token_for<pool_lease> Token = detail::default_token>
    [[nodiscard]] auto lease(Token&& token = Token()) {
        return detail::initiate(detail::pool_lease_one(state_), state_, std::forward<Token>(token));
    }

    /// A connection of the caller's own to one of the hosts, for what keeps to its host: the pool no longer counts,
    /// watches or closes it. It waits for two hosts to choose from, but not long for the second. `job`: where
    /// run_once() would look for the job of that name.
    template <detail::token_for<pool_connection> Token = detail::default_token>
    [[nodiscard]] auto take(std::string job, Token&& token = Token()) {
        return detail::initiate(detail::pool_take(state_, std::move(job)), state_, std::forward<Token>(token));
    }

    template <detail::token_for<pool_connection> Token = detail::default_token>
    [[nodiscard]] auto take(Token&& token = Token()) {
        return take(std::string(), std::forward<Token>(token));
    }

    /// The hosts there are now. On the executor of the pool.
    [[nodiscard]] std::vector<pool_host> hosts() const;

private:
    explicit pool(detail::pool_ptr state) noexcept;

    detail::pool_ptr state_;
};

} // namespace tug
