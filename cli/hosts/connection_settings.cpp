#include "connection_settings.hpp"

#include <tug/address.hpp>

#include <charconv>
#include <utility>

namespace tug::cli {

namespace {

/// A host as typed, in its parts.
struct named_host {
    std::string name;
    std::string port; ///< Empty: none is typed.
};

named_host split(std::string_view host) {
    constexpr std::string_view scheme = "tug://";
    if (host.starts_with("unix:")) return {std::string(host), ""};
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
    if (host.starts_with('[')) {
        const auto close = std::min(host.find(']'), host.size());
        const auto port = host.substr(std::min(close + 1, host.size()));
        return {std::string(host.substr(1, close - 1)),
                std::string(port.substr(std::min<std::size_t>(port.size(), 1)))};
    }
    const auto colon = std::min(host.find(':'), host.size());
    return {std::string(host.substr(0, colon)), std::string(host.substr(std::min(colon + 1, host.size())))};
}

class lookup {
public:
    explicit lookup(host_values values) : values_(std::move(values)) {}

    /// The value; empty where there is none, or where it is "none".
    [[nodiscard]] std::string text(std::string_view key) const {
        const auto at = values_.find(key);
        return at == values_.end() || at->second == "none" ? "" : at->second;
    }

    [[nodiscard]] bool is(std::string_view key, std::string_view value) const {
        const auto at = values_.find(key);
        return at != values_.end() && at->second == value;
    }

private:
    host_values values_;
};

/// The address that the configuration gives the host, with the port that was typed, else that of the address, else that
/// of the configuration.
std::string address_of(const lookup& config, std::string_view host, const named_host& typed) {
    if (host.starts_with("unix:")) return std::string(host);
    auto address = config.text("address");
    if (address.empty() && (config.text("port").empty() || !typed.port.empty())) return std::string(host);
    if (address.empty()) address = typed.name.find(':') == std::string::npos ? typed.name : "[" + typed.name + "]";
    for (auto at = address.find("%h"); at != std::string::npos; at = address.find("%h", at + typed.name.size()))
        address.replace(at, 2, typed.name);
    if (address.starts_with("unix:")) return address;
    auto own = split(address);
    const auto port = !typed.port.empty() ? typed.port : !own.port.empty() ? own.port : config.text("port");
    if (port.empty()) return address;
    return (own.name.find(':') == std::string::npos ? own.name : "[" + own.name + "]") + ":" + port;
}

/// The key of the flags, else that of the configuration: an id and who may read the file belong to one file.
void take_key(const lookup& config, const options& o, connection_settings& out) {
    out.key_file = o.key_file;
    out.key_id = o.key_id;
    out.key_readers = o.key_readers.value_or(secret_readers::none);
    if (!o.key_file.empty()) {
        if (o.key_file == "none") out.key_file.clear();
        return;
    }
    out.key_file = config.text("key-file");
    if (out.key_id.empty()) out.key_id = config.text("key");
    if (!o.key_readers && config.is("key-file-mode", "any")) out.key_readers = secret_readers::any;
}

void take_tls(const lookup& config, const options& o, connection_settings& out) {
    out.tls = o.tls;
    out.tls.key_readers = out.key_readers;
    if (out.address.starts_with("unix:")) return; // those are plain, and only flags may say otherwise
    const auto fill = [&](std::string& field, std::string_view key) {
        if (field.empty()) field = config.text(key);
    };
    const bool flags = o.tls.on || !o.tls.ca.empty() || !o.tls.server_name.empty() || !o.tls.certificate.empty();
    if (config.is("tls", "no") && !flags) return;
    fill(out.tls.ca, "tls-ca");
    fill(out.tls.server_name, "tls-server-name");
    if (o.tls.certificate.empty() && o.tls.key.empty()) {
        out.tls.certificate = config.text("tls-cert");
        out.tls.key = config.text("tls-key");
    }
    if (config.is("tls", "yes")) out.tls.on = true;
}

/// How long a shared connection is kept, where it is shared.
std::optional<std::chrono::seconds> share_of(const lookup& config, const options& o) {
    constexpr std::chrono::seconds usual{600};
    const auto text = config.text("share");
    const bool is_number = !text.empty() && text != "yes" && text != "no";
    if (!o.share.value_or(!text.empty() && text != "no")) return std::nullopt;
    return is_number ? std::chrono::seconds(std::stoul(text)) : usual; // it was checked
}

} // namespace

connection_settings settings_for(const options& o, std::string_view host) {
    const auto typed = split(host);
    const lookup config(o.hosts ? o.hosts->settings_of(typed.name) : host_values());
    connection_settings out;
    out.name = typed.name;
    out.address = address_of(config, host, typed);
    take_key(config, o, out);
    take_tls(config, o, out);
    out.max_window = o.max_window;
    if (const auto window = config.text("max-window"); !out.max_window && !window.empty())
        out.max_window = std::stoull(window); // it was checked
    out.user = config.text("user");
    out.jump = config.text("jump");
    out.share = share_of(config, o);
    return out;
}

bool is_this_host(const connection_settings& how) {
    if (!how.jump.empty()) return false;
    if (how.address.starts_with("unix:")) return true;
    const auto name = split(how.address).name;
    return name == "localhost" || name == "::1" || name.starts_with("127.");
}

options for_host(options o, std::string_view host) {
    if (!o.exec.user) {
        if (auto user = settings_for(o, host).user; !user.empty()) o.exec.user = std::move(user);
    }
    return o;
}

} // namespace tug::cli
