#include "support/test_server.hpp"

#include "process/orphans.hpp"

#include <tug/proto/base64.hpp>
#include <tug/service/server.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

namespace tug::test {

namespace {

service::key_ring sample_keys(const std::map<std::string, std::string>& lines) {
    using service::permission;
    service::key_ring keys;
    for (const auto p : {permission::exec, permission::put, permission::get}) {
        service::permissions one;
        one.add(p);
        keys[std::string(name_of(p))] = {key_of(name_of(p)), one};
    }
    keys["all"] = {key_of("all"), service::permissions::all()};
    for (const auto& [id, rest] : lines) {
        const auto line = id + " " + proto::base64_encode(key_of(id).bytes()) + " " + rest;
        keys.merge(service::parse_keys(line).value());
    }
    return keys;
}

proto::secret_key key_from(std::string_view id) {
    std::array<std::byte, proto::secret_key::size> bytes{};
    std::ranges::transform(id, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return proto::secret_key(bytes);
}

} // namespace

const proto::secret_key& key_of(std::string_view id) {
    static std::map<std::string, proto::secret_key, std::less<>> keys;
    const auto at = keys.find(id);
    return at != keys.end() ? at->second : keys.emplace(id, key_from(id)).first->second;
}

test_server::test_server(const server_setup& how) : with_keys_(how.with_keys) {
    // As tugd is: so processes that left their parents behind are found.
    static_cast<void>(service::become_subreaper().value());
    service::options settings;
    settings.root = root_.path().string();
    settings.threads = 2;
    settings.file_threads = 4;
    settings.listen = {{"127.0.0.1", 0, ""}};
    if (how.on_unix_socket) settings.listen = {{"", 0, own_ / "socket"}};
    if (how.adjust) how.adjust(settings);
    auto keys = with_keys_ ? std::optional(sample_keys(how.lines)) : std::nullopt;
    server_ = std::make_unique<service::server>(std::move(settings), std::move(keys), service::server::no_log());
    if (how.prepare) how.prepare(*server_);
    server_->start();
    address_ = server_->addresses().front().to_string();
}

test_server::~test_server() {
    server_.reset();
    service::reap_orphans();
}

void test_server::set_keys(const std::map<std::string, std::string>& lines) {
    server_->set_keys(sample_keys(lines));
}

raw_client test_server::connect(std::string_view key_id, const std::string& from) const {
    raw_client c(address_, from);
    if (with_keys_)
        c.log_in(key_id, key_of(key_id));
    else
        c.hello();
    return c;
}

std::string test_server::files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_.path()))
        names.push_back(entry.path().lexically_relative(root_.path()).string()); // links as such
    std::ranges::sort(names);
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

} // namespace tug::test
