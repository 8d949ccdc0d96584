// What single steps of the protocol cost: decoding frames, encoding them, parsing an envelope, digests.

#include <tug/proto/digest.hpp>
#include <tug/proto/envelope.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/json_reader.hpp>
#include <tug/proto/outbox.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;

constexpr std::size_t frames = 64;

std::string ping_envelope() {
    std::string out;
    append_request(out, call_id(100'000), "rpc.ping", {{"payload", std::string(64, 'x')}});
    return out;
}

/// `frames` requests in a row, as one read delivers them.
std::string many_frames() {
    std::string out;
    const auto envelope = ping_envelope();
    frame_header header;
    header.envelope = static_cast<std::uint32_t>(envelope.size());
    for (std::size_t i = 0; i < frames; ++i) {
        for (const auto b : header.encode()) out += static_cast<char>(b);
        out += envelope;
    }
    return out;
}

void decode_frames(benchmark::State& state) {
    const auto bytes = many_frames();
    frame_decoder decoder;
    decoder.set_limits(limits().envelope, limits().body);
    for (auto _ : state) {
        decoder.feed(std::as_bytes(std::span(bytes)));
        std::size_t seen = 0;
        for (auto s = decoder.next(); s != frame_decoder::step::need_more; s = decoder.next()) {
            if (s == frame_decoder::step::failed) state.SkipWithError("the decoder failed");
            if (s == frame_decoder::step::failed) return;
            if (s == frame_decoder::step::envelope) ++seen;
        }
        if (seen != frames) state.SkipWithError("frames were lost");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames));
}

void encode_answers(benchmark::State& state) {
    const boost::json::value payload(std::string(64, 'x'));
    outbox out;
    std::vector<std::span<const std::byte>> buffers;
    for (auto _ : state) {
        for (std::size_t i = 0; i < frames; ++i) {
            append_result(out.begin_frame(), call_id(100'000 + i), payload);
            if (!out.end_frame(limits().envelope)) state.SkipWithError("too large");
        }
        buffers.clear();
        out.gather(buffers, 64);
        benchmark::DoNotOptimize(buffers.data());
        out.consume(out.size());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames));
}

void parse_envelope(benchmark::State& state) {
    const auto text = ping_envelope();
    json_reader reader;
    for (auto _ : state) {
        const auto parsed = reader.parse(text);
        if (!parsed)
            state.SkipWithError("no envelope");
        else
            benchmark::DoNotOptimize(classify(**parsed));
    }
    state.SetItemsProcessed(state.iterations());
}

void encode_data(benchmark::State& state) {
    const call_id id(7);
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_data(out, id, "stdout");
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations());
}

/// 1 MiB in pieces that stay in cache, as a transfer takes them.
void digest_of(benchmark::State& state, digest_kind kind) {
    const std::vector<std::byte> piece(256 * 1024, std::byte{'x'});
    for (auto _ : state) {
        hasher h(kind);
        for (int i = 0; i < 4; ++i) h.update(piece);
        benchmark::DoNotOptimize(h.finish());
    }
    state.SetBytesProcessed(state.iterations() * 4 * static_cast<std::int64_t>(piece.size()));
}

} // namespace

BENCHMARK(decode_frames);
BENCHMARK(encode_answers);
BENCHMARK(parse_envelope);
BENCHMARK(encode_data);
BENCHMARK_CAPTURE(digest_of, xxh3_128, digest_kind::xxh3_128);
BENCHMARK_CAPTURE(digest_of, sha256, digest_kind::sha256);

BENCHMARK_MAIN();
