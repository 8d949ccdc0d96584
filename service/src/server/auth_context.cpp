#include "server/auth_context.hpp"

#include <chrono>
#include <utility>

namespace tug::service {

namespace json = boost::json;

namespace {

/// The line of that id, which keeps its ring alive. Null where there is none.
std::shared_ptr<const key_entry> entry_of(const std::shared_ptr<const key_ring>& keys, std::string_view id) {
    const auto at = keys->find(id);
    if (at == keys->end()) return nullptr;
    return {keys, &at->second};
}

/// The id that a failed login named, where there is a key of it: anything else may be a secret in the wrong place.
std::string_view claimed_id(const json::value* params, const key_ring& keys) {
    const auto* object = params ? params->if_object() : nullptr;
    const auto* id = object ? object->if_contains("key") : nullptr;
    const auto at = id && id->is_string() ? keys.find(std::string_view(id->get_string())) : keys.end();
    return at == keys.end() ? std::string_view() : std::string_view(at->first);
}

} // namespace

const client_identity* auth_context::log_in(const json::value* params, std::string_view hello_envelope,
                                            const channel_binding& binding) {
    const auto keys = shared_.keys();
    client_ = check_login(params, *keys, hello_envelope, nonce_, binding);
    ++(client_ ? shared_.counts.logins : shared_.counts.failed_logins);
    if (!client_) {
        const auto penalty = shared_.bad_logins.failed(source_, std::chrono::steady_clock::now());
        shared_.trail->login_failed(peer_, claimed_id(params, *keys), penalty);
        return nullptr;
    }
    key_ = entry_of(keys, client_->key_id);
    shared_.bad_logins.succeeded(source_);
    shared_.trail->logged_in(who());
    return &*client_;
}

std::optional<std::string_view> auth_context::lost() {
    if (!client_) return std::nullopt;
    auto now = entry_of(shared_.keys(), client_->key_id);
    if (now && *now == *key_) {
        key_ = std::move(now); // the old keys can go
        return std::nullopt;
    }
    const std::string_view why = now ? "the line of the key was changed" : "the key was taken back";
    shared_.trail->revoked(who(), why);
    return why;
}

caller auth_context::who() const {
    if (!client_) return {{}, peer_};
    return {client_->key_id, peer_, std::shared_ptr<const key_rules>(key_, &key_->rules)};
}

std::optional<proto::failure> auth_context::lacks(permission need) const {
    if (!client_ || client_->allowed.has(need)) return std::nullopt;
    const std::string name(name_of(need));
    proto::failure why(proto::errc::permission_denied, "the key \"" + client_->key_id + "\" has no permission to " +
                                                           name + "; its line in the server's key file does not name " +
                                                           name);
    why.need = name;
    return why;
}

} // namespace tug::service
