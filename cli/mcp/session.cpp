#include "session.hpp"

#include "limits.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/commands/commands.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

session::session(const options& o, invocation& s)
    : invocation_(s),
      host_(o, s),
      local_(o.mcp.allow_local),
      reader_(s.input, longest_line),
      writer_(s.output, s.ctl.get_executor()),
      changed_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<void> session::changed() {
    boost::system::error_code ec;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

asio::awaitable<int> session::run() {
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, read(), asio::bind_cancellation_slot(stop_reading_.slot(), [this](std::exception_ptr) {
                       read_ = true; // an input that cannot be read has ended
                       changed_.cancel();
                   }));
    asio::co_spawn(executor, writer_.run(), [this](std::exception_ptr) {
        written_ = true;
        changed_.cancel();
    });
    for (bool stopped = false; !stopped && !read_ && !written_;) {
        co_await changed();
        const auto state = co_await asio::this_coro::cancellation_state;
        stopped = state.cancelled() != asio::cancellation_type::none;
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await end_all();
    co_return writer_.failed() ? exit_code::failed : exit_code::success;
}

asio::awaitable<void> session::end_all() {
    stop_reading_.emit(asio::cancellation_type::terminal);
    std::vector<std::shared_ptr<running>> all;
    for (const auto& [id, one] : running_) all.push_back(one);
    for (const auto& one : all) {
        one->dropped = true;
        one->stop.emit(asio::cancellation_type::terminal);
    }
    while (!running_.empty() || !read_) co_await changed();
    writer_.close();
    // A client that reads no more keeps nothing: the program ends with what was not written.
    asio::steady_timer patience(changed_.get_executor(), std::chrono::seconds(5));
    patience.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        written_ = true;
        changed_.cancel();
    });
    while (!written_) co_await changed();
}

asio::awaitable<void> session::read() {
    for (;;) {
        co_await writer_.drained(most_unwritten);
        const auto line = co_await reader_.next();
        if (!line) co_return;
        take(*line);
    }
}

void session::take(const line_reader::line& line) {
    if (line.too_long) return reply(nullptr, refusal(nullptr, code::parse_error, "the message is longer than 16 MiB"));
    if (line.text.find_first_not_of(" \t\r") == std::string::npos) return;
    boost::system::error_code ec;
    const auto text = json::parse(line.text, ec);
    if (ec) return reply(nullptr, refusal(nullptr, code::parse_error, "no JSON: " + ec.message()));
    if (text.is_array()) return take_batch(text.as_array());
    take_one(text, nullptr);
}

/// Version 2025-03-26 alone has them.
void session::take_batch(const json::array& messages) {
    if (messages.empty() || version_ != "2025-03-26")
        return reply(nullptr, refusal(nullptr, code::invalid_request, "a message is an object"));
    const auto to = std::make_shared<batch>();
    ++to->awaited; // until all of it was taken
    for (const auto& one : messages) take_one(one, to);
    settle(to);
}

void session::take_one(const json::value& text, const destination& to) {
    auto m = message::from(text);
    switch (m.what) {
    case message::kind::request: return take_request(std::move(m), to);
    case message::kind::notification: return take_notification(m);
    case message::kind::response: return;
    case message::kind::invalid: break;
    }
    if (to) ++to->awaited;
    reply(to, refusal(m.id, code::invalid_request, m.wrong));
}

void session::take_request(message m, const destination& to) {
    if (to) ++to->awaited;
    const auto id = m.id;
    const auto refuse = [&](int code, std::string_view why) { reply(to, refusal(id, code, why)); };
    if (running_.contains(json::serialize(id)))
        return refuse(code::invalid_request, "this id belongs to a call that runs");
    if (m.method == "ping") return reply(to, answer(id, json::object()));
    if (running_.size() >= most_calls) return refuse(code::host_failed, "busy: 64 calls run already; wait for one");
    if (m.method == "initialize") {
        if (!version_.empty()) return refuse(code::invalid_request, "the session is initialized already");
        return begin(id, to, initialize(std::move(m)));
    }
    if (version_.empty()) return refuse(code::not_initialized, "the session begins with initialize");
    if (m.method == "tools/list") return begin(id, to, list_tools(std::move(m)));
    if (m.method == "tools/call") return begin(id, to, call_tool(std::move(m)));
    refuse(code::method_not_found, "there is no such method");
}

void session::take_notification(const message& m) {
    if (m.method != "notifications/cancelled") return;
    const auto* const id = m.params.if_contains("requestId");
    const auto found = id == nullptr ? running_.end() : running_.find(json::serialize(*id));
    if (found == running_.end()) return;
    const auto one = found->second; // the cancelled call may take itself out
    one->dropped = true;
    one->stop.emit(asio::cancellation_type::terminal);
}

void session::begin(const json::value& id, const destination& to, asio::awaitable<json::object> work) {
    const auto key = json::serialize(id);
    const auto one = std::make_shared<running>();
    running_.emplace(key, one);
    auto ended = [this, key, id, to, one](const std::exception_ptr& failed, json::object made) {
        running_.erase(key);
        changed_.cancel();
        if (one->dropped) return settle(to);
        reply(to, failed ? refusal(id, code::host_failed, failure_of(failed).message) : std::move(made));
    };
    asio::co_spawn(invocation_.ctl.get_executor(), std::move(work),
                   asio::bind_cancellation_slot(one->stop.slot(), std::move(ended)));
}

void session::reply(const destination& to, json::object answer) {
    if (!to) return writer_.add(json::serialize(answer));
    to->answers.emplace_back(std::move(answer));
    settle(to);
}

/// One answer of a batch has come, or will not come.
void session::settle(const destination& to) {
    if (!to || --to->awaited > 0 || to->answers.empty()) return;
    writer_.add(json::serialize(to->answers));
}

} // namespace tug::cli::mcp

asio::awaitable<int> tug::cli::mcp_server(const options& o, invocation& s) {
    mcp::session session(o, s);
    co_return co_await session.run();
}
