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

asio::awaitable<output> process::read() {
    const auto state = detail::must_be(state_);
    co_return co_await detail::deliver(state->executor(), state->read());
}

asio::awaitable<chunk> process::read_out() {
    const auto state = detail::must_be(state_);
    co_return co_await detail::deliver(state->executor(), state->read(proto::stdout_index));
}

asio::awaitable<chunk> process::read_err() {
    const auto state = detail::must_be(state_);
    co_return co_await detail::deliver(state->executor(), state->read(proto::stderr_index));
}

asio::awaitable<bool> process::write(std::string bytes) {
    co_return co_await write(chunk::copy_of(bytes));
}

asio::awaitable<bool> process::write(chunk bytes) {
    const auto state = detail::must_be(state_);
    co_return co_await detail::deliver(state->executor(), state->write(std::move(bytes)));
}

asio::awaitable<void> process::signal(std::string name) {
    const auto state = detail::must_be(state_);
    co_await detail::deliver(state->executor(), state->signal(std::move(name)));
}

asio::awaitable<exec_result> process::wait() {
    const auto state = detail::must_be(state_);
    co_return co_await detail::deliver(state->executor(), state->wait());
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

} // namespace tug
