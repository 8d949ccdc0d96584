#include "endpoints/digest_range.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/look_permission.hpp"
#include "endpoints/upload.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/path_text.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using proto::put_result;

proto::result<void> check_put(const context& shared, const caller& who, const proto::put_params& params) {
    if (params.in_place) {
        constexpr auto whole = "goes with a file that is replaced as a whole, and not with in_place";
        if (params.resume) return proto::failure::bad_field("resume", whole);
        if (params.delta) return proto::failure::bad_field("delta", whole);
        if (params.if_match) return proto::failure::bad_field("if_match", whole);
        if (params.if_changed) return proto::failure::bad_field("if_changed", whole);
    }
    if (params.resume && !params.size) return proto::failure::bad_field("resume", "needs size");
    if (params.delta && (!params.size || params.resume))
        return proto::failure::bad_field("delta", "needs size, and goes without resume");
    if (params.if_changed && !params.digest.expected)
        return proto::failure::bad_field("if_changed", "needs the digest of the whole in \"digest\"");
    if (params.if_match && params.if_match->digest)
        if (auto may = may_look(shared, who, "if_match"); !may) return may;
    if (params.delta)
        if (auto may = may_look(shared, who, "delta"); !may) return may;
    return params.if_changed ? may_look(shared, who, "if_changed") : proto::result<void>();
}

/// What asks about the file that is there.
bool is_conditional(const proto::put_params& params) {
    return params.if_match.has_value() || params.if_changed || params.delta.has_value();
}

proto::failure other_file(const std::string& path, const std::string& there, const char* param) {
    return {proto::errc::precondition_failed, os::quoted(path) + " is " + there + ", not what " + param + " says"};
}

/// Digests what is there where a condition asks for it. A result where nothing is to be done.
asio::awaitable<proto::result<std::optional<put_result>>> look(call& c, upload& file, const proto::put_params& params) {
    const auto* existing = file.existing();
    std::optional<proto::digest> there;
    if (params.if_match && params.if_match->digest) {
        if (!existing) co_return other_file(params.path, "no file", "if_match");
        const auto found = co_await digest_file(c, existing->descriptor(), params.if_match->digest->kind());
        if (!found) co_return found.error();
        there = *found;
        if (*there != *params.if_match->digest) co_return other_file(params.path, there->to_string(), "if_match");
    }
    if (params.delta) {
        if (!existing) co_return other_file(params.path, "no file", "delta");
        const auto found = co_await digest_file(c, existing->descriptor(), params.delta->kind());
        if (!found) co_return found.error();
        if (*found != *params.delta) co_return other_file(params.path, found->to_string(), "delta");
    }
    if (!params.if_changed || !existing || (params.size && existing->size() != *params.size))
        co_return std::optional<put_result>();
    if (!there || there->kind() != params.digest.kind) {
        const auto found = co_await digest_file(c, existing->descriptor(), params.digest.kind);
        if (!found) co_return found.error();
        there = *found;
    }
    if (*there != *params.digest.expected) co_return std::optional<put_result>();
    put_result same;
    same.size = existing->size();
    same.digest = there->to_string();
    same.unchanged = true;
    co_return std::optional(std::move(same));
}

asio::awaitable<proto::result<void>> copy_base(call& c, upload& file) {
    const auto copy = [&file] { return file.copy_base(); };
    for (bool done = false; !done;) {
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        const auto copied = co_await net::run_blocking(c.files(), copy);
        if (!copied) co_return copied.error();
        done = *copied;
    }
    co_return proto::result<void>();
}

/// What comes before the bytes of a put that asks about what is there, or whose sender waits. A result where no bytes
/// are needed.
asio::awaitable<proto::result<std::optional<put_result>>> prepare_put(call& c, upload& file,
                                                                      const proto::put_params& params) {
    const auto find = [&file] { return file.find_target(); };
    const auto found = co_await net::run_blocking(c.files(), find);
    if (!found) co_return found.error();
    if (is_conditional(params)) {
        auto same = co_await look(c, file, params);
        if (!same || *same) co_return same;
    }
    const auto stage = [&file] { return file.stage(); };
    const auto staged = co_await net::run_blocking(c.files(), stage);
    if (!staged) co_return staged.error();
    if (params.delta) {
        const auto copied = co_await copy_base(c, file);
        if (!copied) co_return copied.error();
    }
    if (params.awaits_start()) c.io().say_start(proto::data_index, file.kept());
    if (file.kept() > 0) { // while the sender does the same
        const auto digested = co_await digest_range(c, file.descriptor(), 0, file.kept(), file.hasher());
        if (!digested) co_return digested.error();
        if (*digested != file.kept())
            co_return proto::failure(proto::errc::io_error, "what was kept of the file became shorter");
    }
    co_return std::optional<put_result>();
}

/// What has come and was not taken, without waiting: one trip to the pool. The window is free again when that is over.
void add_ready(call& c, std::vector<placed_piece>& to) {
    while (auto piece = c.io().read_more(proto::data_index)) {
        const auto begin = c.io().call().inbound[proto::data_index].position() - piece->content_size();
        to.push_back({std::move(*piece), begin});
    }
}

/// Waits for more of it; none is eof.
asio::awaitable<proto::result<std::vector<placed_piece>>> next_pieces(call& c) {
    auto first = co_await c.read(proto::data_index);
    if (!first) co_return first.error();
    std::vector<placed_piece> out;
    if (!first->empty()) {
        const auto begin = c.io().call().inbound[proto::data_index].position() - first->content_size();
        out.push_back({std::move(*first), begin});
    }
    add_ready(c, out);
    co_return out;
}

asio::awaitable<proto::result<put_result>> receive_content(call& c, upload& file) {
    std::vector<placed_piece> pieces;
    add_ready(c, pieces);
    for (;;) {
        // A sender that never pauses does not keep a call from ending. Where all is here this is the last look: from
        // the rename on it comes too late.
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        file.add(std::move(pieces));
        const auto& in = c.io().call().inbound[proto::data_index];
        const bool all_is_here = in.eof() && !in.has_data();
        std::optional<end_of_data> end; // a copy: the stream is this thread's
        if (all_is_here) end = end_of_data{in.digest(), in.end()};
        const auto work = [&] { return file.step(end); };
        auto taken = co_await net::run_blocking(c.files(), work);
        if (!taken) co_return taken.error();
        if (*taken) co_return std::move(**taken);
        pieces.clear();
        if (file.has_pieces() || all_is_here) continue;
        auto more = co_await next_pieces(c);
        if (!more) co_return more.error();
        pieces = std::move(*more);
    }
}

asio::awaitable<proto::result<put_result>> store(call& c, upload& file, const proto::put_params& params) {
    // The read that brought the request goes on first: a small file has come along with it, and is one trip then.
    co_await asio::post(asio::use_awaitable);
    if (is_conditional(params) || params.awaits_start()) {
        auto prepared = co_await prepare_put(c, file, params);
        if (!prepared) co_return prepared.error();
        if (*prepared) co_return std::move(**prepared);
    }
    co_return co_await receive_content(c, file);
}

} // namespace

asio::awaitable<answer> put(context& shared, call& c, proto::put_params params) {
    if (const auto ok = check_put(shared, c.who(), params); !ok) co_return ok.error();
    upload file(shared, c.who(), params);
    const auto stored = co_await store(c, file, params);
    // Freeing what a big file took can block, and is not for this thread.
    const auto end = [&] { file.end(); };
    if (!stored) {
        co_await net::run_blocking(c.files(), end);
        co_return stored.error();
    }
    co_return boost::json::value(stored->to_json());
}

} // namespace tug::service
