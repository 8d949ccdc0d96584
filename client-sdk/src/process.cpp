#include <tug/process.hpp>

#include "at_home.hpp"
#include "process_state.hpp"
#include "run_exec.hpp"

#include <utility>

namespace tug {

namespace asio = boost::asio;

namespace {

/// Does `what` on the executor of the client, at once where the caller is there.
template <class F>
void at_home(const std::shared_ptr<detail::process_state>& state, F what) {
    asio::dispatch(detail::must_be(state)->executor(), [state, what] { what(*state); });
}

} // namespace

process::process(std::shared_ptr<detail::process_state> state) noexcept : state_(std::move(state)) {}

process::process(process&& other) noexcept : state_(std::move(other.state_)) {}

process& process::operator=(process&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

process::~process() {
    detail::release_at_home(std::move(state_));
}

void process::close_stdin() {
    at_home(state_, [](detail::process_state& s) { s.close_stdin(); });
}

void process::stop_output() {
    at_home(state_, [](detail::process_state& s) { s.stop_output(); });
}

void process::discard_output() {
    at_home(state_, [](detail::process_state& s) { s.discard_output(); });
}

void process::cancel() {
    at_home(state_, [](detail::process_state& s) { s.cancel(); });
}

namespace detail {

asio::awaitable<std::int64_t> started(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->started());
}

asio::awaitable<output> read(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->read());
}

asio::awaitable<chunk> read_out(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->read(proto::stdout_index));
}

asio::awaitable<chunk> read_err(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->read(proto::stderr_index));
}

asio::awaitable<bool> write(process_ptr p, chunk bytes) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->write(std::move(bytes)));
}

asio::awaitable<void> signal(process_ptr p, std::string name) {
    must_be(p);
    co_await deliver(p->executor(), p->signal(std::move(name)));
}

asio::awaitable<void> resize(process_ptr p, std::uint16_t rows, std::uint16_t cols) {
    must_be(p);
    co_await deliver(p->executor(), p->resize(rows, cols));
}

asio::awaitable<exec_result> wait(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->wait());
}

} // namespace detail

} // namespace tug
