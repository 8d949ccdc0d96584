#include "share.hpp"

#include "share_holder.hpp"
#include "share_socket.hpp"

#include <tug/error.hpp>

#include <chrono>
#include <filesystem>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

std::string absolute_path(const std::string& file) {
    return file.empty() ? file : std::filesystem::absolute(file).lexically_normal().string();
}

/// The command line that connects to the host whatever the environment and the configuration say by then: the name of
/// the connection as well.
std::vector<std::string> ping_of(const connection_settings& to) {
    std::vector<std::string> out{"--config", "none"};
    const auto add = [&](const char* flag, const std::string& value) {
        if (!value.empty()) out.insert(out.end(), {flag, value});
    };
    add("--key-file", absolute_path(to.key_file));
    add("--key", to.key_id);
    if (to.key_readers == secret_readers::any) add("--key-file-mode", "any");
    if (to.tls.on) out.emplace_back("--tls");
    add("--tls-ca", absolute_path(to.tls.ca));
    add("--tls-server-name", to.tls.server_name);
    add("--tls-cert", absolute_path(to.tls.certificate));
    add("--tls-key", absolute_path(to.tls.key));
    out.insert(out.end(), {"ping", to.address});
    return out;
}

connect_options how_to_connect(const connection_settings& to, std::chrono::milliseconds time) {
    connect_options how;
    how.deadline(time);
    if (const auto trace = environment("TRACEPARENT")) how.trace(*trace, environment("TRACESTATE").value_or(""));
    if (to.max_window) how.max_window(*to.max_window);
    return how;
}

struct share_attempt {
    std::optional<client> made;
    errc why = errc::success;
};

asio::awaitable<share_attempt> try_socket(std::string path, connect_options how) {
    share_attempt out;
    std::string address = "unix:" + path;
    try {
        auto made = co_await client::connect(std::move(address), std::move(how));
        out.made.emplace(std::move(made));
    } catch (const error& e) {
        if (e.failure().code == errc::cancelled) throw;
        out.why = e.failure().code;
    }
    co_return out;
}

/// Whether a process holds the connection now; one is started where none does.
bool is_held(const std::string& path, std::chrono::seconds idle, const std::vector<std::string>& ping) {
    const auto alone = lock_shares(path);
    if (!alone) return false;
    if (is_listened_at(path)) return true; // another call has started it meanwhile
    const auto listener = listen_at(path);
    return listener && start_holder(listener->get(), idle, ping);
}

} // namespace

asio::awaitable<std::optional<client>> shared_client(const connection_settings& to, std::chrono::milliseconds time) {
    const auto ping = ping_of(to);
    const auto path = socket_of_share(ping);
    if (path.empty()) co_return std::nullopt;
    auto at_once = co_await try_socket(path, how_to_connect(to, time / 2));
    if (at_once.made || at_once.why == errc::connect_timed_out) co_return std::move(at_once.made);
    if (!is_held(path, *to.share, ping)) co_return std::nullopt;
    auto after_start = co_await try_socket(path, how_to_connect(to, time));
    co_return std::move(after_start.made);
}

} // namespace tug::cli
