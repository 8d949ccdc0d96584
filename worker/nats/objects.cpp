#include "objects.hpp"

#include <tug/bytes.hpp>
#include <tug/os/random.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace tug::worker {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk_size = 128 * 1024; ///< That of the clients of NATS.
constexpr std::int64_t files_live = std::chrono::nanoseconds(24h * 30).count();

std::string url_safe(std::string base64) {
    std::ranges::replace(base64, '+', '-');
    std::ranges::replace(base64, '/', '_');
    return base64;
}

std::string base64_of(std::string_view bytes) {
    return base64_encode(std::as_bytes(std::span(bytes)));
}

std::string stream_of(const queue_link& in) {
    return "OBJ_" + in.objects();
}

std::string meta_subject(const queue_link& in, const std::string& name) {
    return "$O." + in.objects() + ".M." + url_safe(base64_of(name));
}

std::string chunk_subject(const queue_link& in, const std::string& id) {
    return "$O." + in.objects() + ".C." + id;
}

std::string new_id() {
    constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::array<std::byte, 22> random{};
    if (!os::fill_random(random)) throw nats_error(nats_error::kind::refused, "the system has no random bytes");
    std::string out;
    for (const auto byte : random) out += letters[std::to_integer<std::size_t>(byte) % letters.size()];
    return out;
}

std::string_view text_of(const natsMsg* message) {
    return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

/// What the store knows of an object; nothing where it has none of that name.
std::optional<json::object> meta_of(queue_link& in, const std::string& name) {
    natsMsg* found = nullptr;
    jsErrCode code{};
    const auto subject = meta_subject(in, name);
    const auto status = js_GetLastMsg(&found, in.context(), stream_of(in).c_str(), subject.c_str(), nullptr, &code);
    const message_handle message(found);
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return std::nullopt;
    must(status, "the object " + name, code);
    boost::system::error_code ec;
    auto value = json::parse(text_of(found), ec);
    if (ec || !value.is_object()) throw nats_error(nats_error::kind::refused, "the object " + name + " is damaged");
    const auto* const deleted = value.get_object().if_contains("deleted");
    if (deleted && deleted->is_bool() && deleted->get_bool()) return std::nullopt;
    return std::move(value.get_object());
}

std::string member(const json::object& of, std::string_view name) {
    const auto* const value = of.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

} // namespace

void make_object_bucket(queue_link& in) {
    const auto name = stream_of(in);
    const auto chunks = chunk_subject(in, ">");
    const auto metas = "$O." + in.objects() + ".M.>";
    const char* subjects[] = {chunks.c_str(), metas.c_str()};
    jsStreamConfig what;
    must(jsStreamConfig_Init(&what), "a stream");
    what.Name = name.c_str();
    what.Subjects = subjects;
    what.SubjectsLen = 2;
    what.MaxAge = files_live;
    what.Discard = js_DiscardNew;
    what.AllowRollup = true;
    what.AllowDirect = true;
    jsErrCode code{};
    const auto status = js_AddStream(nullptr, in.context(), &what, nullptr, &code);
    if (code != JSStreamNameExistErr) must(status, "the stream " + name, code);
}

// --- digest ----------------------------------------------------------------------------------------------------------

object_digest::object_digest() : of_(EVP_MD_CTX_new()) {
    if (!of_ || EVP_DigestInit_ex(of_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

void object_digest::add(std::string_view bytes) {
    EVP_DigestUpdate(of_.get(), bytes.data(), bytes.size());
}

std::string object_digest::text() {
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(of_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
    bytes.resize(size);
    return "SHA-256=" + url_safe(base64_of(bytes));
}

// --- reading ---------------------------------------------------------------------------------------------------------

object_reader::object_reader(queue_link& from, std::string name) : from_(from), name_(std::move(name)) {
    const auto meta = meta_of(from_, name_);
    if (!meta) throw nats_error(nats_error::kind::not_found, "there is no object " + name_);
    chunks_ = chunk_subject(from_, member(*meta, "nuid"));
    expected_digest_ = member(*meta, "digest");
    if (const auto* const size = meta->if_contains("size"); size && size->is_number())
        size_ = size->to_number<std::uint64_t>();
}

std::string object_reader::next() {
    const auto damaged = [&] { return nats_error(nats_error::kind::refused, "the object " + name_ + " is damaged"); };
    if (read_ >= size_) {
        if (read_ > size_ || digest_.text() != expected_digest_) throw damaged();
        return {};
    }
    jsDirectGetMsgOptions which;
    must(jsDirectGetMsgOptions_Init(&which), "options");
    which.Sequence = next_sequence_;
    which.NextBySubject = chunks_.c_str();
    natsMsg* found = nullptr;
    const auto status = js_DirectGetMsg(&found, from_.context(), stream_of(from_).c_str(), nullptr, &which);
    const message_handle message(found);
    if (status == NATS_NOT_FOUND) throw damaged();
    must(status, "the object " + name_);
    next_sequence_ = natsMsg_GetSequence(found) + 1;
    std::string out(text_of(found));
    read_ += out.size();
    digest_.add(out);
    return out;
}

// --- writing ---------------------------------------------------------------------------------------------------------

object_writer::object_writer(queue_link& to, std::string name) : to_(to), name_(std::move(name)), id_(new_id()) {}

void object_writer::write(std::string_view bytes) {
    pending_ += bytes;
    std::size_t at = 0;
    for (; pending_.size() - at >= chunk_size; at += chunk_size)
        publish_chunk(std::string_view(pending_).substr(at, chunk_size));
    pending_.erase(0, at);
}

void object_writer::publish_chunk(std::string_view bytes) {
    jsErrCode code{};
    const auto status = js_Publish(nullptr, to_.context(), chunk_subject(to_, id_).c_str(), bytes.data(),
                                   static_cast<int>(bytes.size()), nullptr, &code);
    must(status, "the object " + name_, code);
    digest_.add(bytes);
    size_ += bytes.size();
    ++chunks_;
}

void object_writer::finish() {
    if (!pending_.empty()) publish_chunk(pending_);
    const auto before = meta_of(to_, name_);
    const auto text = json::serialize(json::object{{"name", name_},
                                                   {"bucket", to_.objects()},
                                                   {"nuid", id_},
                                                   {"size", size_},
                                                   {"chunks", chunks_},
                                                   {"digest", digest_.text()},
                                                   {"options", {{"max_chunk_size", chunk_size}}}});
    natsMsg* made = nullptr;
    must(natsMsg_Create(&made, meta_subject(to_, name_).c_str(), nullptr, text.data(), static_cast<int>(text.size())),
         "the object " + name_);
    const message_handle message(made);
    must(natsMsgHeader_Set(made, "Nats-Rollup", "sub"), "the object " + name_);
    jsErrCode code{};
    must(js_PublishMsg(nullptr, to_.context(), made, nullptr, &code), "the object " + name_, code);
    if (!before) return;
    const auto old = chunk_subject(to_, member(*before, "nuid"));
    jsOptions how;
    must(jsOptions_Init(&how), "options");
    how.Stream.Purge.Subject = old.c_str();
    must(js_PurgeStream(to_.context(), stream_of(to_).c_str(), &how, &code), "the object " + name_, code);
}

} // namespace tug::worker
