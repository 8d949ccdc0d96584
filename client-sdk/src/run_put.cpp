#include "run_put.hpp"

#include "delta_base.hpp"
#include "file_reader.hpp"
#include "file_threads.hpp"
#include "progress_counter.hpp"
#include "put_senders.hpp"
#include "rate_limit.hpp"
#include "wire.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/packed_write.hpp>
#include <tug/net/race.hpp>
#include <tug/net/wait_for.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// What the sender throws is kept: a race would wait for the other one then.
asio::awaitable<proto::result<file_piece>> next_or_thrown(put_sender& from, std::exception_ptr& thrown) {
    try {
        co_return co_await from.next();
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure(errc::cancelled);
}

/// The next piece. A source may take for ever; an answer, or the loss of the connection, does not wait for it: then it
/// is cancelled, and so is this.
asio::awaitable<proto::result<file_piece>> next_of(put_sender& from, pending& p) {
    if (!from.may_wait()) co_return co_await from.next();
    std::exception_ptr thrown;
    auto race = net::race(next_or_thrown(from, thrown), p.wait());
    auto first = co_await std::move(race);
    if (thrown && !p.answer()) std::rethrow_exception(thrown);
    if (auto* const piece = std::get_if<0>(&first)) co_return std::move(*piece);
    co_return failure(errc::cancelled);
}

/// Where the server says that the sender is to begin; nothing where it answers instead.
asio::awaitable<proto::result<std::optional<std::uint64_t>>> begin_at(pending& p, put_sender& from,
                                                                      progress_counter& passed) {
    const auto start = co_await p.io().start(proto::data_index);
    if (p.answer()) co_return std::optional<std::uint64_t>();
    if (!start) co_return start.error();
    const auto ready = co_await from.pass(*start);
    if (!ready) co_return ready.error();
    if (*start > 0) p.io().set_offset(proto::data_index, *start);
    passed.begin_at(*start);
    co_return std::optional(*start);
}

/// How the bytes of a put go over.
struct sending {
    rate_limit limit;
    std::optional<proto::packer> packer;
    net::blocking_pool& threads; ///< For the packer.

    sending(const put_options::settings_type& how, net::blocking_pool& pool) : limit(how.limit_rate), threads(pool) {
        if (how.compress) packer.emplace(*how.compress);
    }
};

/// Sends a piece, no faster than it may. False where the server wants no more.
asio::awaitable<proto::result<bool>> send_piece(pending& p, proto::chunk piece, progress_counter& passed,
                                                sending& how) {
    while (!piece.empty()) {
        const auto size = how.limit.piece(piece.size());
        auto part = size == piece.size() ? std::exchange(piece, {}) : proto::chunk::copy_of(piece.bytes().first(size));
        if (!piece.empty()) piece.consume(size);
        const auto before = p.io().sent();
        const auto sent = co_await net::write_packed(p.io(), how.threads, how.packer ? &*how.packer : nullptr,
                                                     proto::data_index, std::move(part));
        if (!sent) co_return sent.error();
        if (!*sent) co_return false;
        passed.add(size);
        co_await net::wait_for(how.limit.pass(p.io().sent() - before, rate_limit::clock::now()));
    }
    co_return true;
}

/// Sends all of it and eof. True where all is sent; false where the server wants no more, which it explains in its
/// answer.
asio::awaitable<proto::result<bool>> send_all(pending& p, put_sender& from, progress_counter& passed, sending& how,
                                              proto::digest& digest) {
    for (;;) {
        auto piece = co_await next_of(from, p);
        if (p.answer()) co_return false;
        if (!piece) co_return piece.error();
        if (piece->bytes.empty()) break;
        if (piece->position) {
            p.io().set_offset(proto::data_index, *piece->position);
            passed.reach(*piece->position);
        }
        const auto sent = co_await send_piece(p, std::move(piece->bytes), passed, how);
        if (!sent) co_return p.answer() ? proto::result<bool>(false) : sent.error();
        if (!*sent) co_return false;
    }
    if (p.answer()) co_return false;
    digest = from.digest();
    if (const auto end = from.end_of_hole()) {
        p.io().set_offset(proto::data_index, *end);
        passed.reach(*end);
    }
    p.io().send_eof(proto::data_index, digest.to_string());
    co_return true;
}

/// What became of the bytes of a put.
struct put_outcome {
    bool sent_all = false;
    std::uint64_t bytes = 0; ///< Of the file, as far as the server has them.
    proto::digest digest;
};

proto::result<put_result> check_put(const proto::result<boost::json::value>& answer, const proto::put_params& asked,
                                    const put_outcome& of) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of put is no object");
    auto result = proto::put_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of put: " + result.error().message);
    const bool unchanged = result->unchanged && asked.if_changed;
    if (!of.sent_all && !unchanged)
        return failure(errc::protocol_violation, "the server stored a file before it had all of it");
    const auto bytes = unchanged ? asked.size.value_or(result->size) : of.bytes;
    const auto digest = unchanged ? asked.digest.expected->to_string() : of.digest.to_string();
    if (result->size != bytes)
        return failure(errc::size_mismatch,
                       std::to_string(bytes) + " bytes were sent, the server stored " + std::to_string(result->size));
    if (result->digest != digest) return failure(errc::digest_mismatch, "the server stored other bytes than were sent");
    return from_wire(std::move(*result));
}

/// The bytes of a put, from where the server wants them.
asio::awaitable<proto::result<bool>> send_content(pending& p, put_sender& from, const proto::put_params& params,
                                                  progress_counter& passed, sending& how, put_outcome& out) {
    if (params.awaits_start()) {
        const auto start = co_await begin_at(p, from, passed);
        if (!start) co_return start.error();
        if (!*start) co_return false;
    }
    co_return co_await send_all(p, from, passed, how, out.digest);
}

asio::awaitable<proto::result<put_result>> run_put(std::shared_ptr<session> s, put_sender& from,
                                                   proto::put_params params, const put_options::settings_type& how,
                                                   std::optional<std::uint64_t> total,
                                                   const place_in_order* place = nullptr) {
    auto begun = co_await s->begin_call(params, std::chrono::milliseconds(), place);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    progress_counter passed(how.progress, total);
    sending by(how, file_threads::of(s->executor()));
    put_outcome out;
    proto::result<bool> sent = failure(errc::cancelled);
    try {
        sent = co_await send_content(*p, from, params, passed, by, out);
    } catch (const boost::system::system_error& e) {
        // What a co_await throws in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    if (!sent && sent.error().code != errc::cancelled) co_return sent.error();
    co_await asio::this_coro::throw_if_cancelled(false);
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    if (sent) answer = co_await p->wait();
    const bool cancelled = !p->answer();
    if (cancelled) answer = co_await cancel_and_wait(s, p);
    out.sent_all = sent && *sent;
    out.bytes = passed.bytes();
    // From the rename on a cancel comes too late: then the file is stored, and that is the truth.
    if (cancelled && !(out.sent_all && answer)) co_return errc::cancelled;
    auto result = check_put(answer, params, out);
    if (result) result->resumed_at = passed.begun_at();
    co_return result;
}

/// Digests all of a file before it is sent.
asio::awaitable<proto::result<proto::digest>> digest_of_local(file_reader& file, net::blocking_pool& threads) {
    const auto work = [&file] { return file.digest_whole(); };
    for (bool done = false; !done;) {
        const auto digested = co_await net::run_blocking(threads, work);
        if (!digested) co_return digested.error();
        done = *digested;
    }
    co_return file.whole_digest();
}

proto::result<proto::put_params> params_of(const put_options& how, std::string remote) {
    auto out = to_wire(how.settings(), std::move(remote));
    const auto& condition = how.settings().if_match;
    if (!condition) return out;
    out.if_match.emplace();
    if (*condition == "absent") return out;
    const auto digest = proto::digest::parse(*condition);
    if (!digest) return failure::bad_field("if_match", "is neither a digest nor \"absent\"");
    out.if_match->digest = *digest;
    return out;
}

asio::awaitable<proto::result<put_result>> put_once(std::shared_ptr<session> s, const std::string& local,
                                                    proto::put_params params, const put_options::settings_type& how,
                                                    bool delta, const place_in_order* place) {
    auto& threads = file_threads::of(s->executor());
    file_reader file(local, params.digest.kind);
    const auto open = [&file] { return file.open(); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    params.size = file.size();
    if (how.preserve) {
        if (!params.new_mode) params.new_mode = file.mode();
        if (!params.mtime_ns) params.mtime_ns = file.mtime_ns();
    }
    if (!params.size) { // what has no size cannot be continued or compared
        params.resume.reset();
        params.if_changed = false;
    }
    if (params.if_changed) {
        const auto digest = co_await digest_of_local(file, threads);
        if (!digest) co_return digest.error();
        params.digest.expected = *digest;
    }
    if (delta && !params.in_place && file.size().value_or(0) >= proto::block_delta::smallest_file) {
        auto base = co_await ask_base(s, params.path, proto::block_delta::block_for(*file.size()).value_or(0));
        if (!base) co_return base.error();
        if (*base) {
            params.delta = (*base)->digest;
            params.resume.reset();
            delta_sender from(file, threads, proto::block_delta((*base)->block, std::move((*base)->digests)));
            co_return co_await run_put(std::move(s), from, std::move(params), how, file.size(), place);
        }
    }
    if (!params.in_place) file.leave_out_holes();
    file_sender from(file, threads);
    co_return co_await run_put(std::move(s), from, std::move(params), how, file.size(), place);
}

} // namespace

asio::awaitable<proto::result<put_result>> put_file(std::shared_ptr<session> s, std::string local, std::string remote,
                                                    put_options how, const place_in_order* place) {
    auto params = params_of(how, std::move(remote));
    if (!params) co_return params.error();
    params->if_changed = how.settings().if_changed;
    params->resume = how.settings().resume;
    const bool delta = how.settings().delta && !place;
    auto result = co_await put_once(s, local, *params, how.settings(), delta, place);
    if (result || place) co_return result;
    const auto code = result.error().code;
    // The file that was to be built on is another one now.
    const bool other_base = delta && code == errc::precondition_failed && !params->if_match;
    // What was kept, or built on, was not what it should be; what was kept is gone.
    const bool other_bytes = code == errc::digest_mismatch && (delta || params->resume);
    if (other_base || other_bytes) result = co_await put_once(s, local, *params, how.settings(), false, place);
    co_return result;
}

asio::awaitable<proto::result<put_result>> put_source(std::shared_ptr<session> s, source& from, std::string remote,
                                                      put_options how) {
    auto params = params_of(how, std::move(remote));
    if (!params) co_return params.error();
    source_sender pieces(from, params->digest.kind);
    // What a source says of its size is not told to the server, which would hold it to that.
    co_return co_await run_put(std::move(s), pieces, std::move(*params), how.settings(), from.size());
}

asio::awaitable<proto::result<put_result>> put_text(std::shared_ptr<session> s, std::string bytes, std::string remote,
                                                    put_options how) {
    auto params = params_of(how, std::move(remote));
    if (!params) co_return params.error();
    params->size = bytes.size();
    text_sender pieces(bytes, params->digest.kind);
    co_return co_await run_put(std::move(s), pieces, std::move(*params), how.settings(), bytes.size());
}

} // namespace tug::detail
