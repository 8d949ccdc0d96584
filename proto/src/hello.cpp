#include "tug/proto/hello.hpp"

#include "tug/proto/base64.hpp"
#include "tug/proto/member_reader.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstring>

namespace tug::proto {

namespace json = boost::json;

namespace {

json::array to_array(const std::vector<std::string>& texts) {
    json::array out;
    out.reserve(texts.size());
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

/// 32 bytes as base64; a missing or wrong member fails the reader.
std::array<std::byte, 32> bytes32(member_reader& in, std::string_view name) {
    std::array<std::byte, 32> out{};
    const auto text = in.required(name, in.text(name));
    const auto bytes = base64_decode(text);
    if (!bytes || bytes->size() != out.size())
        in.fail(name, "is not the base64 of 32 bytes");
    else
        std::ranges::copy(*bytes, out.begin());
    return out;
}

/// An array of strings that may be empty.
std::vector<std::string> names_in(member_reader& in, std::string_view name) {
    std::vector<std::string> out;
    const auto* v = in.any(name);
    const auto* items = v ? v->if_array() : nullptr;
    if (!items) return in.fail(name, "is no array"), out;
    for (const auto& item : *items) {
        if (!item.is_string()) return in.fail(name, "has an item that is no string"), out;
        out.emplace_back(item.get_string());
    }
    return out;
}

limits parse_limits(member_reader& in) {
    constexpr std::uint32_t most_calls = 0x7fff'ffff;
    limits out;
    const auto* o = in.object("limits");
    if (!o) return in.fail("limits", "is missing"), out;
    member_reader sizes(*o);
    const auto u32 = [&](std::string_view name, std::uint32_t lowest, std::uint32_t highest) {
        return static_cast<std::uint32_t>(sizes.required(name, sizes.count(name, lowest, highest)));
    };
    out.envelope = u32("envelope", 512, max_envelope);
    out.body = u32("body", 1, max_body);
    out.window = sizes.required("window", sizes.count("window", 1, max_window));
    out.in_flight = u32("in_flight", 1, most_calls);
    const auto long_lived = sizes.count("long_in_flight", 1, most_calls).value_or(unsaid_long_in_flight);
    out.long_in_flight = static_cast<std::uint32_t>(long_lived);
    if (const auto wrong = sizes.finish_lenient()) in.fail("limits", wrong->message);
    return out;
}

} // namespace

json::object hello::to_json() const {
    json::object sizes{{"envelope", limits.envelope},
                       {"body", limits.body},
                       {"window", limits.window},
                       {"in_flight", limits.in_flight},
                       {"long_in_flight", limits.long_in_flight}};
    json::object out{{"protocol", protocol},          {"server", server},
                     {"nonce", base64_encode(nonce)}, {"auth", to_array(auth)},
                     {"binding", to_array(binding)},  {"limits", std::move(sizes)}};
    if (draining) out["draining"] = true;
    return out;
}

result<hello> hello::parse(const json::object& params) {
    member_reader in(params);
    hello out;
    out.protocol = in.required("protocol", in.count("protocol"));
    if (!in.failed() && out.protocol != protocol_version)
        return failure(errc::unsupported_protocol, "the server speaks protocol " + std::to_string(out.protocol) +
                                                       ", this client speaks " + std::to_string(protocol_version));
    out.server = in.required("server", in.text("server"));
    out.nonce = bytes32(in, "nonce");
    out.auth = names_in(in, "auth");
    out.binding = names_in(in, "binding");
    out.limits = parse_limits(in);
    out.draining = in.flag("draining").value_or(false);
    if (const auto wrong = in.finish_lenient())
        return failure(errc::protocol_violation, "rpc.hello: " + wrong->message);
    return out;
}

json::object authenticate_params::to_json() const {
    return {{"key", key},
            {"mechanism", mechanism},
            {"binding", binding},
            {"nonce", base64_encode(nonce)},
            {"proof", base64_encode(proof)}};
}

result<authenticate_params> authenticate_params::parse(const json::object& params) {
    member_reader in(params);
    authenticate_params out;
    out.key = in.required("key", in.text("key"));
    out.mechanism = in.required("mechanism", in.text("mechanism"));
    out.binding = in.required("binding", in.text("binding"));
    out.nonce = bytes32(in, "nonce");
    out.proof = bytes32(in, "proof");
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

json::object authenticate_result::to_json() const {
    return {{"proof", base64_encode(proof)}, {"permissions", to_array(permissions)}};
}

result<authenticate_result> authenticate_result::parse(const json::object& from) {
    member_reader in(from);
    authenticate_result out;
    out.proof = bytes32(in, "proof");
    out.permissions = names_in(in, "permissions");
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

} // namespace tug::proto
