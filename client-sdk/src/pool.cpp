#include <tug/pool.hpp>

#include "at_home.hpp"
#include "pool_state.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/system_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace tug {

namespace asio = boost::asio;

namespace detail {

namespace {

template <class T>
using call_for = std::function<asio::awaitable<T>(client&)>;

/// The same call, whose pool need not know what it brings.
template <class T>
pool_state::call_on kept_by(std::shared_ptr<std::optional<T>> place, call_for<T> call) {
    return [place = std::move(place), call = std::move(call)](client& on) { return keep(call(on), place); };
}

template <class T>
asio::awaitable<T> sent_once(pool_ptr p, call_for<T> call) {
    must_be(p);
    const auto brought = std::make_shared<std::optional<T>>();
    co_await deliver(p->executor(), p->once(kept_by(brought, std::move(call))));
    co_return std::move(**brought);
}

template <class T>
asio::awaitable<T> repeated(pool_ptr p, call_for<T> call, std::string job = {}) {
    must_be(p);
    const auto brought = std::make_shared<std::optional<T>>();
    co_await deliver(p->executor(), p->repeat(kept_by(brought, std::move(call)), std::move(job)));
    co_return std::move(**brought);
}

} // namespace

asio::any_io_executor home_of(const pool_ptr& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

asio::awaitable<exec_result> pool_exec(pool_ptr p, command what) {
    call_for<exec_result> call = [what](client& on) { return on.exec(what); };
    return sent_once<exec_result>(std::move(p), std::move(call));
}

asio::awaitable<boost::json::value> pool_call(pool_ptr p, std::string method, boost::json::object params) {
    call_for<boost::json::value> call = [method, params](client& on) { return on.call(method, params); };
    return sent_once<boost::json::value>(std::move(p), std::move(call));
}

asio::awaitable<exec_result> pool_run_once(pool_ptr p, std::string name, command what) {
    call_for<exec_result> call = [name, what](client& on) { return on.run_once(name, what); };
    return repeated<exec_result>(std::move(p), std::move(call), std::move(name));
}

asio::awaitable<put_result> pool_put(pool_ptr p, std::string local, std::string remote, put_options how) {
    call_for<put_result> call = [=](client& on) { return on.put(local, remote, how); };
    if (!how.settings().overwrite) return sent_once<put_result>(std::move(p), std::move(call));
    return repeated<put_result>(std::move(p), std::move(call));
}

asio::awaitable<put_result> pool_put_bytes(pool_ptr p, std::string bytes, std::string remote, put_options how) {
    call_for<put_result> call = [=](client& on) { return on.put_bytes(bytes, remote, how); };
    if (!how.settings().overwrite) return sent_once<put_result>(std::move(p), std::move(call));
    return repeated<put_result>(std::move(p), std::move(call));
}

asio::awaitable<get_result> pool_get(pool_ptr p, std::string remote, std::string local, get_options how) {
    call_for<get_result> call = [=](client& on) { return on.get(remote, local, how); };
    return repeated<get_result>(std::move(p), std::move(call));
}

asio::awaitable<std::string> pool_get_bytes(pool_ptr p, std::string remote, get_options how) {
    call_for<std::string> call = [=](client& on) { return on.get_bytes(remote, how); };
    return repeated<std::string>(std::move(p), std::move(call));
}

asio::awaitable<file_info> pool_stat(pool_ptr p, std::string path) {
    call_for<file_info> call = [=](client& on) { return on.files().stat(path); };
    return repeated<file_info>(std::move(p), std::move(call));
}

asio::awaitable<pool_lease> pool_lease_one(pool_ptr p) {
    must_be(p);
    auto work = p->acquire({});
    co_return co_await deliver(p->executor(), std::move(work));
}

asio::awaitable<pool_connection> pool_take(pool_ptr p, std::string job) {
    must_be(p);
    auto work = p->take(std::move(job));
    co_return co_await deliver(p->executor(), std::move(work));
}

} // namespace detail

// --- a lease ---------------------------------------------------------------------------------------------------------

pool_lease::pool_lease() noexcept = default;

pool_lease::pool_lease(detail::pool_ptr of, std::size_t host, std::shared_ptr<client> on) noexcept
    : of_(std::move(of)), host_(host), on_(std::move(on)) {}

pool_lease::pool_lease(pool_lease&& other) noexcept = default;

pool_lease& pool_lease::operator=(pool_lease&& other) noexcept {
    if (this == &other) return *this;
    const pool_lease gone(std::move(*this));
    of_ = std::move(other.of_);
    host_ = other.host_;
    on_ = std::move(other.on_);
    return *this;
}

pool_lease::~pool_lease() {
    if (!of_) return;
    const auto home = of_->executor();
    asio::dispatch(home, [of = std::move(of_), host = host_, on = std::move(on_)] { of->give_back(host, on.get()); });
}

// --- a pool ----------------------------------------------------------------------------------------------------------

pool::pool(detail::pool_ptr state) noexcept : state_(std::move(state)) {}

pool::pool(asio::any_io_executor home, std::vector<std::string> hosts, pool_options how)
    : state_(std::make_shared<detail::pool_state>(std::move(home), std::move(how))) {
    state_->set_hosts(hosts);
}

pool pool::of_name(asio::any_io_executor home, std::string name, pool_options how) {
    auto state = std::make_shared<detail::pool_state>(home, std::move(how));
    asio::dispatch(home, [state, name = std::move(name)]() mutable { state->follow_name(std::move(name)); });
    return pool(std::move(state));
}

pool::pool(pool&& other) noexcept = default;

pool& pool::operator=(pool&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

pool::~pool() {
    detail::release_at_home(std::move(state_));
}

std::vector<pool_host> pool::hosts() const {
    return detail::must_be(state_)->hosts();
}

} // namespace tug
