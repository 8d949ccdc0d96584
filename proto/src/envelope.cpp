#include "tug/proto/envelope.hpp"

#include "tug/proto/bytes.hpp"
#include "tug/proto/limits.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/serializer.hpp>
#include <boost/throw_exception.hpp>

#include <array>
#include <charconv>
#include <stdexcept>

namespace tug::proto {

namespace json = boost::json;

namespace {

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos;
}

/// Boost.JSON 1.81 reads 1e400 as an infinite double and writes that as the word Infinity, which is no JSON. A number
/// of the same length takes its place that every parser reads as infinite again, so that a payload comes back.
void mend_infinities(std::string& out, std::size_t from) noexcept {
    constexpr std::string_view word = "Infinity";
    constexpr std::string_view number = "1.00e999";
    if (out.find(word, from) == std::string::npos) return;
    bool quoted = false;
    for (auto i = from; i < out.size(); ++i) {
        if (quoted && out[i] == '\\')
            ++i;
        else if (out[i] == '"')
            quoted = !quoted;
        else if (!quoted && out[i] == 'I')
            out.replace(i, word.size(), number);
    }
}

void append_quoted(std::string& out, std::string_view text) {
    std::array<char, 256> piece;
    json::serializer writer;
    writer.reset(json::string_view(text.data(), text.size()));
    while (!writer.done()) out.append(std::string_view(writer.read(piece.data(), piece.size())));
}

template <class Json>
void append_json(std::string& out, const Json& v) {
    const auto from = out.size();
    std::array<char, 1024> piece;
    json::serializer writer;
    writer.reset(&v);
    while (!writer.done()) out.append(std::string_view(writer.read(piece.data(), piece.size())));
    mend_infinities(out, from);
}

bad_message invalid(std::string why, std::optional<call_id> id = std::nullopt) {
    return {failure(errc::invalid_request, std::move(why)), std::move(id)};
}

json::object error_data(const failure& why, const std::optional<call_id>& about) {
    json::object data;
    data["name"] = name_of(why.code);
    data["retryable"] = retryable(why.code);
    if (!why.field.empty()) data["field"] = cut(utf8_text(why.field), max_field_text);
    if (!why.os_error.empty()) data["errno"] = why.os_error;
    if (!why.need.empty()) data["need"] = why.need;
    if (why.stored) data["stored"] = true;
    if (why.kept_from) data["kept_from"] = *why.kept_from;
    if (about) data["call"] = about->to_json();
    return data;
}

std::string text_member(const json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    const auto* s = v ? v->if_string() : nullptr;
    return s ? std::string(cut(*s, max_message_text)) : std::string();
}

} // namespace

std::string_view cut(std::string_view text, std::size_t limit) noexcept {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
    return text.substr(0, limit);
}

std::optional<call_id> call_id::from(const json::value& v) {
    if (const auto* i = v.if_int64(); i && *i >= 0 && static_cast<std::uint64_t>(*i) <= max_integer)
        return call_id(static_cast<std::uint64_t>(*i));
    if (const auto* s = v.if_string(); s && !s->empty() && s->size() <= 64 && !has_nul(*s))
        return call_id(std::string(*s));
    return std::nullopt;
}

json::value call_id::to_json(json::storage_ptr memory) const {
    if (text_) return json::value(*text_, std::move(memory));
    return json::value(number_, std::move(memory));
}

void call_id::append_to(std::string& out) const {
    if (text_) return append_quoted(out, *text_);
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number_).ptr;
    out.append(digits.data(), end);
}

namespace {

/// The members of an envelope that mean something; all others are ignored. Found in one pass: this is done for every
/// message.
struct envelope_members {
    const json::value* jsonrpc = nullptr;
    const json::value* id = nullptr;
    const json::value* method = nullptr;
    const json::value* params = nullptr;
    const json::value* meta = nullptr;
    const json::value* result = nullptr;
    const json::value* error = nullptr;

    explicit envelope_members(const json::object& envelope) {
        for (const auto& member : envelope)
            if (const auto known = slot_of(member.key())) this->*known = &member.value();
    }

private:
    using slot = const json::value* envelope_members::*;

    static slot slot_of(std::string_view name) noexcept {
        switch (name.size()) {
        case 2: return name == "id" ? &envelope_members::id : nullptr;
        case 4: return name == "meta" ? &envelope_members::meta : nullptr;
        case 5: return name == "error" ? &envelope_members::error : nullptr;
        case 6:
            if (name == "method") return &envelope_members::method;
            if (name == "params") return &envelope_members::params;
            return name == "result" ? &envelope_members::result : nullptr;
        case 7: return name == "jsonrpc" ? &envelope_members::jsonrpc : nullptr;
        default: return nullptr;
        }
    }
};

} // namespace

boost::system::result<message, bad_message> classify(const json::value& envelope) {
    const auto* o = envelope.if_object();
    if (!o)
        return invalid(envelope.is_array() ? "batches are not supported; send one object a frame"
                                           : "the envelope is no JSON object");
    const envelope_members in(*o);
    message m;
    std::optional<call_id> id;
    if (in.id) id = call_id::from(*in.id);
    m.result = in.result;
    m.error = in.error;
    const bool is_response = !in.method && (m.result || m.error);

    if (is_response) {
        m.kind = message::type::response;
        m.id_is_null = in.id && in.id->is_null();
        if (!id && !m.id_is_null) return invalid("a response without a valid id");
        if ((m.result != nullptr) == (m.error != nullptr)) return invalid("a response has a result or an error");
    } else if (in.id && !id) {
        return invalid("\"id\" is an integer from 0 to 2^53-1 or a string of 1 to 64 bytes without NUL");
    }
    const auto* version = in.jsonrpc ? in.jsonrpc->if_string() : nullptr;
    if (!version || *version != "2.0")
        return invalid("\"jsonrpc\" is not \"2.0\"", is_response ? std::nullopt : std::move(id));
    const auto* name = in.method ? in.method->if_string() : nullptr;
    if (!is_response && (!name || has_nul(*name)))
        return invalid("\"method\" is missing, no string or holds a NUL", std::move(id));
    if (id) m.id = std::move(*id);
    if (is_response) return m;
    m.method = *name;
    m.kind = in.id ? message::type::request : message::type::notification;
    m.params = in.params;
    m.meta = in.meta;
    return m;
}

void throw_exception_from_error(const bad_message& bad, const boost::source_location& where) {
    throw_exception_from_error(bad.why, where);
}

void append_request(std::string& out, const call_id& id, std::string_view method, const json::object& params,
                    const json::object& meta) {
    out += R"({"jsonrpc":"2.0","id":)";
    id.append_to(out);
    out += R"(,"method":)";
    append_quoted(out, method);
    if (!meta.empty()) {
        out += R"(,"meta":)";
        append_json(out, meta);
    }
    out += R"(,"params":)";
    append_json(out, params);
    out += '}';
}

void append_notification(std::string& out, std::string_view method, const json::object& params) {
    out += R"({"jsonrpc":"2.0","method":)";
    append_quoted(out, method);
    out += R"(,"params":)";
    append_json(out, params);
    out += '}';
}

void append_result(std::string& out, const call_id& id, const json::value& result) {
    out += R"({"jsonrpc":"2.0","id":)";
    id.append_to(out);
    out += R"(,"result":)";
    append_json(out, result);
    out += '}';
}

void append_error(std::string& out, const std::optional<call_id>& id, const failure& why,
                  const std::optional<call_id>& about) {
    json::object error;
    error["code"] = static_cast<int>(why.code);
    // It may repeat a path or an argument, which need not be UTF-8.
    const auto message = why.message.empty() ? std::string(remedy(why.code)) : utf8_text(why.message);
    error["message"] = cut(message, max_message_text);
    error["data"] = error_data(why, about);
    out += R"({"jsonrpc":"2.0","id":)";
    if (id)
        id->append_to(out);
    else
        out += "null";
    out += R"(,"error":)";
    append_json(out, error);
    out += '}';
}

namespace {

/// The beginning of a notification about a stream, up to the members that only some have.
void begin_stream_note(std::string& out, std::string_view method, const call_id& call, std::string_view stream) {
    out += R"({"jsonrpc":"2.0","method":"rpc.)";
    out += method;
    out += R"(","params":{"call":)";
    call.append_to(out);
    out += R"(,"stream":)";
    append_quoted(out, stream);
}

} // namespace

void append_data(std::string& out, const call_id& call, std::string_view stream, std::optional<std::uint64_t> offset,
                 std::uint32_t packed) {
    begin_stream_note(out, "data", call, stream);
    if (offset) out.append(R"(,"offset":)").append(std::to_string(*offset));
    if (packed > 0) out.append(R"(,"zstd":)").append(std::to_string(packed));
    out += "}}";
}

void append_eof(std::string& out, const call_id& call, std::string_view stream, std::string_view digest,
                std::optional<std::uint64_t> offset) {
    begin_stream_note(out, "data", call, stream);
    out += R"(,"eof":true)";
    if (offset) out.append(R"(,"offset":)").append(std::to_string(*offset));
    if (!digest.empty()) {
        out += R"(,"digest":)";
        append_quoted(out, digest);
    }
    out += "}}";
}

void append_credit(std::string& out, const call_id& call, std::string_view stream, std::uint64_t bytes,
                   std::optional<std::uint64_t> offset) {
    begin_stream_note(out, "credit", call, stream);
    out += R"(,"bytes":)";
    call_id(bytes).append_to(out);
    if (offset) out.append(R"(,"offset":)").append(std::to_string(*offset));
    out += "}}";
}

void append_stop(std::string& out, const call_id& call, std::string_view stream) {
    begin_stream_note(out, "stop", call, stream);
    out += "}}";
}

void append_cancel(std::string& out, const call_id& call) {
    out += R"({"jsonrpc":"2.0","method":"rpc.cancel","params":{"call":)";
    call.append_to(out);
    out += "}}";
}

failure decode_error(const json::value& error) {
    const auto* o = error.if_object();
    if (!o) return {errc::protocol_violation, "the server sent an error that is no object"};
    const auto* raw_data = o->if_contains("data");
    const auto* data = raw_data ? raw_data->if_object() : nullptr;
    failure f(errc::unknown_error, text_member(*o, "message"));
    if (!data) return f;
    const auto name = text_member(*data, "name");
    f.code = errc_from_name(name);
    // A server has no say about what only this side can find out.
    if (static_cast<int>(f.code) >= 0) f.code = errc::unknown_error;
    if (f.code == errc::unknown_error) f.message = name + ": " + f.message;
    f.field = text_member(*data, "field");
    f.os_error = text_member(*data, "errno");
    f.need = text_member(*data, "need");
    if (const auto* stored = data->if_contains("stored")) f.stored = stored->is_bool() && stored->get_bool();
    if (const auto* kept = data->if_contains("kept_from")) {
        boost::system::error_code ec;
        const auto position = kept->to_number<std::uint64_t>(ec);
        if (!ec) f.kept_from = position;
    }
    return f;
}

} // namespace tug::proto
