#include "doctor.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"
#include "connection_settings.hpp"
#include "jump_path.hpp"

#include <tug/credentials.hpp>
#include <tug/error.hpp>

#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

void doctor_report::line(std::string_view verdict, std::string_view what, std::string_view how,
                         std::string_view remedy) {
    if (json_) {
        boost::json::object one{{"verdict", verdict}, {"what", what}, {"how", printable(how)}};
        if (!remedy.empty()) one["remedy"] = printable(remedy);
        lines_.push_back(std::move(one));
        return;
    }
    const auto padded = [](std::string_view text, std::size_t width) {
        return std::string(text).append(width - std::min(width, text.size()), ' ');
    };
    auto text = padded(verdict, 8) + padded(what, 13) + printable(how);
    if (!remedy.empty()) text.append(": ").append(printable(remedy));
    unwritten_ = !print_text(text + "\n") || unwritten_;
}

void doctor_report::wrong(std::string_view what, const failure& why) {
    wrong(what, why.message.empty() ? std::string(name_of(why.code)) : why.message, remedy(why.code));
}

int doctor_report::finish() {
    if (json_) unwritten_ = !print_json(boost::json::object{{"healthy", !wrong_}, {"checks", lines_}});
    return wrong_ || unwritten_ ? exit_code::failed : exit_code::success;
}

namespace {

void check_key(const connection_settings& how, doctor_report& to) {
    if (how.key_file.empty())
        return to.warn("key", "there is none", "name one by --key-file, or by key-file in the configuration");
    try {
        const auto id = how.key_id.empty() ? std::nullopt : std::optional(how.key_id);
        const auto key = credentials::from_file(how.key_file, id, how.key_readers);
        to.ok("key", key.key_id() + " of " + how.key_file);
    } catch (const error& e) {
        to.wrong("key", e.failure());
    }
}

void check_configuration(const options& o, doctor_report& to) {
    if (o.hosts->files().empty()) return to.ok("config", "there is none; tug login NAME begins " + user_config_file());
    for (const auto& file : o.hosts->files()) to.ok("config", file);
}

/// Each key that the configuration names, once.
void check_all_keys(const options& o, doctor_report& to) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& name : o.hosts->names()) {
        const auto how = settings_for(o, name);
        if (!how.key_file.empty() && seen.emplace(how.key_file, how.key_id).second) check_key(how, to);
    }
}

bool is_of_tls(errc code) {
    return name_of(code).find("tls") != std::string_view::npos;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// Whether what follows the login is protected.
void check_protection(const connection_settings& how, doctor_report& to) {
    const auto address = tug::address::parse(how.address);
    if (!address || address.value().is_unix()) return;
    if (tls_of(how.tls)) {
        const auto& name = how.tls.server_name.empty() ? address.value().host : how.tls.server_name;
        return to.ok("TLS", "1.3; the certificate is in date, of a CA that is trusted, and for " + name);
    }
    if (is_loopback(address.value().host)) return to.ok("TLS", "none, on loopback");
    to.warn("TLS", "none: others on the network can read and change what is sent",
            "start tugd with --tls-cert and --tls-key, and set tls-ca, or tls yes, for the host");
}

std::string milliseconds(std::chrono::steady_clock::duration time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", std::chrono::duration<double, std::milli>(time).count());
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out.append(out.empty() ? "" : ", ").append(word);
    return out;
}

asio::awaitable<void> check_within(client& on, doctor_report& to) {
    const auto began = std::chrono::steady_clock::now();
    co_await on.ping();
    const auto took = std::chrono::steady_clock::now() - began;
    to.ok("round trip", milliseconds(took));
    const auto permissions = on.permissions();
    const auto info = co_await on.info();
    to.ok("permissions", permissions.empty() ? "all: there are no keys" : joined(permissions));
    if (!info.rules.empty()) to.ok("rules", joined(info.rules));
    check_server(info, permissions, std::chrono::system_clock::now(), to);
}

/// The connection, and what is found by it.
asio::awaitable<int> examine(const options& o, invocation& s, std::string host, doctor_report& to) {
    const auto how = settings_for(o, host);
    const auto path = jump_path(o, host);
    if (!path.empty()) to.ok("way", "through " + joined(path));
    if (path.empty() && !co_await check_way(how.address, to)) co_return exit_code::failed;
    try {
        auto on = co_await connect_alone(o, s, host);
        check_protection(how, to);
        to.ok("login",
              how.key_file.empty() ? "without a key" : "each side has proved to the other that it has the key");
        co_await check_within(on, to);
    } catch (const error& e) {
        to.wrong(is_of_tls(e.failure().code) ? "TLS" : "login", e.failure());
    }
    co_return exit_code::success;
}

} // namespace

asio::awaitable<int> doctor(const options& o, invocation& s) {
    doctor_report report(o.json);
    check_configuration(o, report);
    if (!o.host_text && !o.host.unix_socket && o.host.address.empty()) {
        check_all_keys(o, report);
        co_return report.finish();
    }
    const auto host = address_of(o);
    check_key(settings_for(o, host), report);
    try {
        auto call = examine(o, s, host, report);
        (void)co_await s.ctl.run(std::move(call), o.timeout);
    } catch (...) {
        const int code = report_failure(o, s.ctl);
        (void)report.finish();
        co_return code;
    }
    co_return report.finish();
}

} // namespace tug::cli
