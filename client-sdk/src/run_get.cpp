#include "run_get.hpp"

#include "file_reader.hpp"
#include "file_threads.hpp"
#include "file_writer.hpp"
#include "get_delta.hpp"
#include "get_receivers.hpp"
#include "progress_counter.hpp"
#include "rate_limit.hpp"
#include "wire.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/wait_for.hpp>
#include <tug/proto/compression.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// So many pieces that wait already are handed on at once: one trip to a file thread for all of them.
constexpr std::size_t batch_pieces = 4;

/// The last pieces need not wait for a file thread where they are as few bytes as that: their digest takes no time.
constexpr std::uint64_t small_end = 16 * 1024;

/// What a piece that was just taken from the stream is, and where it belongs.
placed_piece placed(pending& p, proto::chunk bytes) {
    placed_piece out;
    out.position = p.call().inbound[proto::data_index].position() - bytes.content_size();
    out.bytes = std::move(bytes);
    return out;
}

/// The bytes of what came compressed.
proto::result<void> unpack_all(proto::unpacker& by, std::vector<placed_piece>& batch) {
    for (auto& piece : batch) {
        auto plain = by.unpack(std::move(piece.bytes));
        if (!plain) return failure(errc::protocol_violation, "what the server sent " + plain.error().message);
        piece.bytes = std::move(*plain);
    }
    return {};
}

/// Nothing comes after what was taken from the stream, not even a hole.
bool is_end(pending& p) {
    const auto& stream = p.call().inbound[proto::data_index];
    return stream.eof() && !stream.has_data() && !stream.end();
}

/// Takes in the stream to its eof. An end without eof is not success here: the answer says what it was.
asio::awaitable<proto::result<void>> receive_all(pending& p, receiver& to, progress_counter& passed, rate_limit& limit,
                                                 const proto::get_params& asked) {
    const bool with_positions = asked.sparse || asked.delta;
    const auto first_position = with_positions ? asked.offset : 0;
    auto& threads = file_threads::of(p.io().over()->get_executor());
    proto::unpacker unpacker;
    for (;;) {
        auto first = co_await p.io().read(proto::data_index);
        if (!first) co_return first.error();
        if (first->empty()) break;
        std::vector<placed_piece> batch;
        batch.push_back(placed(p, std::move(*first)));
        while (batch.size() < batch_pieces) {
            auto more = p.io().read_more(proto::data_index);
            if (!more) break;
            batch.push_back(placed(p, std::move(*more)));
        }
        const auto end = batch.back().position + batch.back().bytes.content_size();
        if (end < first_position || (asked.length && end - first_position > *asked.length))
            co_return failure(errc::protocol_violation, "the server sent more than it was asked for");
        std::uint64_t size = 0;
        for (const auto& piece : batch) size += piece.bytes.size();
        if (asked.compress == proto::compression::zstd) {
            const auto unpack = [&] { return unpack_all(unpacker, batch); };
            const auto unpacked = co_await net::run_blocking(threads, unpack);
            if (!unpacked) co_return unpacked.error();
        }
        if (!is_end(p) || size > small_end || !to.keep(batch)) {
            const auto taken = co_await to.take(std::move(batch));
            if (!taken) co_return taken.error();
        }
        passed.reach(end - first_position + passed.begun_at());
        co_await net::wait_for(limit.pass(size, rate_limit::clock::now()));
    }
    const auto end = with_positions ? p.call().inbound[proto::data_index].end() : std::nullopt;
    if (end) {
        const auto reached = co_await to.reach(*end);
        if (!reached) co_return reached;
        passed.reach(*end - first_position + passed.begun_at());
    }
    co_return co_await to.finish(end.value_or(p.call().inbound[proto::data_index].position()));
}

/// How many bytes a file of that size gives; absent where only the server knows: a file of /proc has size 0.
std::optional<std::uint64_t> expected(const proto::get_params& asked, std::uint64_t size) {
    if (size == 0) return std::nullopt;
    const auto left = size - std::min(asked.offset, size);
    return std::min(left, asked.length.value_or(left));
}

proto::result<get_result> check_get(const proto::result<boost::json::value>& answer, const proto::get_params& asked,
                                    std::uint64_t bytes, const proto::digest& digest) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of get is no object");
    auto result = proto::get_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of get: " + result.error().message);
    if (result->unchanged && asked.if_changed && bytes == 0) {
        if (result->digest != asked.if_changed->to_string())
            return failure(errc::digest_mismatch, "the server found the file unchanged, and of another digest");
        return from_wire(std::move(*result));
    }
    if (result->bytes != bytes || expected(asked, result->size).value_or(bytes) != bytes)
        return failure(errc::size_mismatch, std::to_string(bytes) + " bytes came, the server says " +
                                                std::to_string(result->bytes) + " of a file of " +
                                                std::to_string(result->size));
    if (asked.digest != proto::digest_kind::none && result->digest != digest.to_string())
        return failure(errc::digest_mismatch, "other bytes came than the server sent");
    return from_wire(std::move(*result));
}

asio::awaitable<proto::result<get_result>> run_get(std::shared_ptr<session> s, receiver& to, proto::get_params params,
                                                   progress_counter& passed, rate_limit limit,
                                                   const place_in_order* place = nullptr, local_base* base = nullptr) {
    auto begun = co_await s->begin_call(params, std::chrono::milliseconds(), place);
    if (!begun) co_return begun.error();
    const auto p = *begun;
    call_guard guard(s, p);
    if (to.keeps_up() && !limit.has_rate()) p->io().widen(proto::data_index);
    proto::result<void> received;
    if (base == nullptr)
        received = co_await receive_all(*p, to, passed, limit, params);
    else
        received = co_await beside_digests(s, p, *base, receive_all(*p, to, passed, limit, params));
    // Where the answer ended the stream, it says why.
    if (!received && !(p->answer() && !p->answer()->has_value())) co_return received.error();
    const auto answer = co_await p->wait();
    co_return check_get(answer, params, passed.bytes() - passed.begun_at(), to.digest());
}

/// What the file is, without a byte of it.
asio::awaitable<proto::result<get_result>> ask(std::shared_ptr<session> s, proto::get_params probe) {
    probe.length = 0;
    probe.digest = proto::digest_kind::none;
    probe.sparse = false;
    probe.compress = proto::compression::none;
    probe.level = proto::default_level;
    no_receiver nothing;
    const progress_callback silent;
    progress_counter passed(silent, std::nullopt);
    const rate_limit none(std::nullopt);
    co_return co_await run_get(std::move(s), nothing, std::move(probe), passed, none);
}

/// What a get of these params will bring; for a progress bar, so it need not be true in the end.
asio::awaitable<proto::result<std::optional<std::uint64_t>>>
ask_total(std::shared_ptr<session> s, proto::get_params params, const progress_callback& progress) {
    if (!progress || params.length) co_return params.length;
    const auto said = co_await ask(std::move(s), params);
    if (!said) co_return said.error();
    co_return expected(params, said->size);
}

/// The digest of the local file that would be replaced; nothing where there is none to compare.
asio::awaitable<proto::result<std::optional<proto::digest>>> digest_of(std::string local, proto::digest_kind kind,
                                                                       net::blocking_pool& threads) {
    file_reader file(std::move(local), kind == proto::digest_kind::none ? proto::digest_kind::xxh3_128 : kind);
    const auto open = [&file] { return file.open(); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened || !file.size()) co_return std::optional<proto::digest>();
    const auto work = [&file] { return file.digest_whole(); };
    for (bool done = false; !done;) {
        const auto digested = co_await net::run_blocking(threads, work);
        if (!digested) co_return digested.error();
        done = *digested;
    }
    co_return std::optional(file.whole_digest());
}

/// Goes on with what came of an interrupted get, and says how much that is. Where the file on the host was changed
/// since, that is nothing.
asio::awaitable<proto::result<std::uint64_t>> resume(std::shared_ptr<session> s, file_writer& file,
                                                     net::blocking_pool& threads, const std::string& token,
                                                     const proto::get_params& params) {
    const auto open = [&] { return file.resume(token, params.path); };
    auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    if (file.size() == 0) co_return std::uint64_t{0};
    const auto there = co_await ask(std::move(s), params);
    if (!there) co_return there.error();
    if (there->size < file.size() || there->mtime_ns > file.written_ns()) {
        const auto drop = [&file] { return file.begin_anew(); };
        opened = co_await net::run_blocking(threads, drop);
        if (!opened) co_return opened.error();
        co_return std::uint64_t{0};
    }
    const auto work = [&file] { return file.digest_begun(); };
    for (bool done = false; !done;) {
        const auto digested = co_await net::run_blocking(threads, work);
        if (!digested) co_return digested.error();
        done = *digested;
    }
    co_return file.size();
}

/// What has come may be gone on with later: what failed has nothing to do with the bytes.
bool is_interruption(errc code) {
    return code != errc::digest_mismatch && code != errc::size_mismatch && code != errc::protocol_violation &&
           code != errc::local_io && code != errc::range_invalid;
}

/// A get of what differs from the local file.
asio::awaitable<proto::result<get_result>> get_changes(std::shared_ptr<session> s, file_writer& file, local_base& base,
                                                       proto::get_params params, progress_counter& passed,
                                                       rate_limit limit) {
    delta_receiver to(file, file_threads::of(s->executor()));
    const auto here = std::exchange(params.if_changed, std::nullopt);
    params.delta = base.block;
    auto result = co_await run_get(std::move(s), to, std::move(params), passed, limit, nullptr, &base);
    if (result && here && result->digest == here->to_string()) result->unchanged = true;
    co_return result;
}

asio::awaitable<proto::result<get_result>> get_once(std::shared_ptr<session> s, std::string local,
                                                    proto::get_params params, const get_options::settings_type& how,
                                                    bool delta, const place_in_order* place) {
    auto& threads = file_threads::of(s->executor());
    const bool resumes =
        how.resume && !place && params.offset == 0 && !params.length && params.digest != proto::digest_kind::none;
    file_writer file(local, params.digest, how.durable);
    std::optional<std::uint64_t> total = params.length;
    std::uint64_t begun = 0;
    if (!place) {
        const auto asked = co_await ask_total(s, params, how.progress);
        if (!asked) co_return asked.error();
        total = *asked;
    }
    std::optional<local_base> base;
    if (delta) {
        auto copied = co_await begin_delta(s, file);
        if (!copied) co_return copied.error();
        base = std::move(*copied);
    }
    if (resumes && !base) {
        const auto found = co_await resume(s, file, threads, *how.resume, params);
        if (!found) co_return found.error();
        begun = *found;
    }
    params.sparse = !base;
    if (begun > 0) {
        params.offset = begun;
        params.digest_from = 0;
        params.if_changed.reset();
    }
    file_receiver to(file, threads, begun > 0 ? 0 : params.offset, params.offset);
    progress_counter passed(how.progress, total);
    passed.begin_at(begun);
    const rate_limit limit(how.limit_rate);
    proto::result<get_result> result = failure(errc::cancelled);
    if (base)
        result = co_await get_changes(s, file, *base, std::move(params), passed, limit);
    else
        result = co_await run_get(s, to, std::move(params), passed, limit, place);
    if (!result && !is_interruption(result.error().code)) file.spoil();
    if (!result) co_return result;
    result->resumed_at = begun;
    if (result->unchanged) {
        file.spoil();
        co_return result;
    }
    if (how.preserve) file.set_attributes(result->mode, result->mtime_ns);
    const auto commit = [&] { return file.commit(); };
    const auto done = co_await net::run_blocking(threads, commit);
    if (!done) co_return done.error();
    co_return result;
}

} // namespace

asio::awaitable<proto::result<get_result>> get_file(std::shared_ptr<session> s, std::string remote, std::string local,
                                                    get_options how, const place_in_order* place) {
    auto params = to_wire(how.settings(), std::move(remote));
    if (how.settings().if_changed && params.offset == 0 && !params.length) {
        auto digest = co_await digest_of(local, params.digest, file_threads::of(s->executor()));
        if (!digest) co_return digest.error();
        params.if_changed = *digest;
    }
    const bool delta = how.settings().delta && !place && params.offset == 0 && !params.length &&
                       params.digest != proto::digest_kind::none;
    auto result = co_await get_once(s, local, params, how.settings(), delta, place);
    // What was kept or built on was not what it should be, or the file is another one now: what was kept is gone.
    if (!result && (how.settings().resume || delta) && !place &&
        (result.error().code == errc::digest_mismatch || result.error().code == errc::range_invalid))
        result = co_await get_once(s, local, params, how.settings(), false, place);
    co_return result;
}

asio::awaitable<proto::result<get_result>> get_sink(std::shared_ptr<session> s, std::string remote, sink& to,
                                                    get_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    const auto total = co_await ask_total(s, params, how.settings().progress);
    if (!total) co_return total.error();
    const rate_limit limit(how.settings().limit_rate);
    sink_receiver receiver(to, params.digest);
    progress_counter passed(how.settings().progress, *total);
    co_return co_await run_get(std::move(s), receiver, std::move(params), passed, limit);
}

asio::awaitable<proto::result<std::string>> get_text(std::shared_ptr<session> s, std::string remote, get_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    const auto total = co_await ask_total(s, params, how.settings().progress);
    if (!total) co_return total.error();
    const rate_limit limit(how.settings().limit_rate);
    text_receiver receiver(how.settings().max_bytes, params.digest);
    progress_counter passed(how.settings().progress, *total);
    const auto result = co_await run_get(std::move(s), receiver, std::move(params), passed, limit);
    if (!result) co_return result.error();
    co_return std::move(receiver.text());
}

} // namespace tug::detail
