#include "tug/proto/announcement.hpp"

#include "tug/proto/base64.hpp"
#include "tug/proto/frame.hpp"

#include "described_members.hpp"

#include <algorithm>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr std::string_view method = "announce";
constexpr std::size_t signature_size = std::tuple_size_v<proof>;

struct query_params {
    std::optional<std::string> key;
};

constexpr auto query_members = std::tuple(member("key", &query_params::key, text_kind()));

/// What both signatures are of: no login has a transcript that begins so.
std::string transcript(std::string_view query, std::string_view answer) {
    std::string out = "tug-announce/1";
    out += '\0';
    for (const auto part : {query, answer}) {
        if (part.empty()) continue;
        frame_header size;
        size.envelope = static_cast<std::uint32_t>(part.size());
        const auto bytes = size.encode();
        out.append(reinterpret_cast<const char*>(bytes.data()), sizeof(std::uint32_t)).append(part);
    }
    return out;
}

/// One frame, whose body is the signature, and zeros up to `size`.
std::string frame_of(std::string_view envelope, const proof* signature, std::size_t size) {
    std::string body;
    if (signature) body.assign(reinterpret_cast<const char*>(signature->data()), signature->size());
    const auto used = frame_header::size + envelope.size();
    if (used + body.size() < size) body.resize(size - used);
    frame_header header;
    header.envelope = static_cast<std::uint32_t>(envelope.size());
    header.body = static_cast<std::uint32_t>(body.size());
    const auto bytes = header.encode();
    std::string out(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return out.append(envelope).append(body);
}

struct parts {
    std::string_view envelope;
    std::span<const std::byte> body;
};

/// The frame that a datagram holds: all of it, and nothing else.
std::optional<parts> split(std::span<const std::byte> datagram) {
    if (datagram.size() < frame_header::size || datagram.size() > announce_size) return std::nullopt;
    const auto header = frame_header::decode(datagram.first<frame_header::size>());
    const auto rest = datagram.subspan(frame_header::size);
    if (header.envelope == 0 || std::uint64_t{header.envelope} + header.body != rest.size()) return std::nullopt;
    const auto envelope = rest.first(header.envelope);
    return parts{{reinterpret_cast<const char*>(envelope.data()), envelope.size()}, rest.subspan(header.envelope)};
}

std::optional<message> message_in(json_reader& reader, std::string_view envelope) {
    const auto parsed = reader.parse(envelope);
    if (!parsed) return std::nullopt;
    auto what = classify(**parsed);
    if (!what) return std::nullopt;
    return *what;
}

proof first_of(std::span<const std::byte> body) {
    proof out{};
    std::ranges::copy(body.first(signature_size), out.begin());
    return out;
}

} // namespace

template <>
struct members_of<announcement> {
    using t = announcement;
    static constexpr auto value = std::tuple(member("server", &t::server, text_kind(), presence::required),
                                             member("name", &t::name, text_kind(), presence::required),
                                             member("instance", &t::instance, text_kind(), presence::required),
                                             member("port", &t::port, count_kind{1, 65'535}, presence::required),
                                             member("tls", &t::tls, flag_kind(), presence::written));
};

template struct described_result<announcement>;

announce_query make_query(const nonce& random, const std::string& key_id, const secret_key* key) {
    announce_query out;
    out.id = call_id(base64_encode(random));
    json::object params;
    if (key) params["key"] = out.key = key_id;
    append_request(out.envelope, out.id, method, params);
    if (key) out.signature = client_proof(*key, transcript(out.envelope, {}));
    return out;
}

std::string datagram_of(const announce_query& query) {
    return frame_of(query.envelope, query.key.empty() ? nullptr : &query.signature, announce_size);
}

std::optional<announce_query> read_query(json_reader& reader, std::span<const std::byte> datagram) {
    if (datagram.size() != announce_size) return std::nullopt;
    const auto whole = split(datagram);
    if (!whole) return std::nullopt;
    const auto said = message_in(reader, whole->envelope);
    if (!said || said->kind != message::type::request || said->method != method) return std::nullopt;
    query_params params;
    if (said->params) {
        if (!said->params->is_object()) return std::nullopt;
        auto read = parse_strictly<query_params>(said->params->get_object(), query_members);
        if (!read) return std::nullopt;
        params = std::move(*read);
    }
    announce_query out;
    out.id = said->id;
    out.envelope = whole->envelope;
    if (!params.key) return out;
    if (!is_key_id(*params.key) || whole->body.size() < signature_size) return std::nullopt;
    out.key = std::move(*params.key);
    out.signature = first_of(whole->body);
    return out;
}

bool is_signed_by(const announce_query& query, const secret_key& key) {
    return equal_in_constant_time(query.signature, client_proof(key, transcript(query.envelope, {})));
}

std::string make_answer(const announce_query& to, const announcement& said, const secret_key* key) {
    std::string envelope;
    append_result(envelope, to.id, said.to_json());
    proof signature{};
    if (key) signature = server_proof(*key, transcript(to.envelope, envelope));
    auto out = frame_of(envelope, key ? &signature : nullptr, 0);
    if (out.size() > announce_size) out.clear();
    return out;
}

std::optional<announce_answer> read_answer(json_reader& reader, std::span<const std::byte> datagram,
                                           const announce_query& query, const secret_key* key) {
    const auto whole = split(datagram);
    if (!whole) return std::nullopt;
    const auto said = message_in(reader, whole->envelope);
    if (!said || said->kind != message::type::response || !said->result || said->id_is_null || said->id != query.id ||
        !said->result->is_object())
        return std::nullopt;
    auto result = announcement::parse(said->result->get_object());
    if (!result) return std::nullopt;
    announce_answer out;
    out.said = std::move(*result);
    if (key && whole->body.size() == signature_size)
        out.is_signed = equal_in_constant_time(first_of(whole->body),
                                               server_proof(*key, transcript(query.envelope, whole->envelope)));
    return out;
}

} // namespace tug::proto
