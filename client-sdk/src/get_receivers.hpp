#pragma once

#include "file_writer.hpp"

#include <tug/net/blocking.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>
#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tug::detail {

// Where the bytes of a get go.

/// Bytes of the file, and where they belong.
struct placed_piece {
    proto::chunk bytes;
    std::uint64_t position = 0;
};

/// Where a get leaves its bytes, batch by batch, and their digest at the end.
class receiver {
public:
    receiver() = default;
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;
    virtual ~receiver() = default;

    [[nodiscard]] virtual boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece> batch) = 0;
    [[nodiscard]] virtual proto::digest digest() = 0;

    /// Takes what take() would, the last of all and little, at once: false where it does not, and has taken nothing.
    [[nodiscard]] virtual bool keep(std::vector<placed_piece>&) { return false; }

    /// It holds nothing up: what comes goes to memory or to a file.
    [[nodiscard]] virtual bool keeps_up() const noexcept { return true; }

    /// What comes before this position and did not come is a hole.
    [[nodiscard]] virtual boost::asio::awaitable<proto::result<void>> reach(std::uint64_t) {
        co_return proto::failure(proto::errc::protocol_violation, "the server left a hole where none was asked for");
    }

    /// All has come, and it ends at this position.
    [[nodiscard]] virtual boost::asio::awaitable<proto::result<void>> finish(std::uint64_t) {
        co_return proto::result<void>();
    }
};

class sink_receiver final : public receiver {
public:
    sink_receiver(sink& to, proto::digest_kind kind) : to_(to), hasher_(kind) {}

    boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece> batch) override {
        for (auto& piece : batch) {
            hasher_.update(piece.bytes.bytes());
            co_await to_.write(std::move(piece.bytes));
        }
        co_return proto::result<void>();
    }

    proto::digest digest() override { return hasher_.finish(); }

    [[nodiscard]] bool keeps_up() const noexcept override { return to_.keeps_up(); }

private:
    sink& to_;
    proto::hasher hasher_;
};

class text_receiver final : public receiver {
public:
    text_receiver(std::uint64_t most, proto::digest_kind kind) : most_(most), hasher_(kind) {}

    boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece> batch) override {
        for (const auto& piece : batch) {
            if (piece.bytes.size() > most_ - text_.size())
                co_return proto::failure(proto::errc::size_mismatch, "there are more than " + std::to_string(most_) +
                                                                         " bytes, the most to be held in memory");
            hasher_.update(piece.bytes.bytes());
            text_ += piece.bytes.text();
        }
        co_return proto::result<void>();
    }

    proto::digest digest() override { return hasher_.finish(); }

    [[nodiscard]] std::string& text() noexcept { return text_; }

private:
    std::uint64_t most_;
    std::string text_;
    proto::hasher hasher_;
};

/// While a file thread writes one batch, the next one comes in.
class file_receiver final : public receiver {
public:
    /// `origin`: the position in the remote file where the local one begins. `at`: the one that comes next.
    file_receiver(file_writer& file, net::blocking_pool& threads, std::uint64_t origin, std::uint64_t at)
        : file_(file), threads_(threads), origin_(origin), at_(at) {}

    boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece> batch) override {
        for (std::size_t i = 0; i < batch.size();) {
            if (batch[i].position != at_) {
                const auto there = co_await reach(batch[i].position);
                if (!there) co_return there.error();
            }
            std::vector<proto::chunk> together;
            for (; i < batch.size() && batch[i].position == at_; ++i) {
                at_ += batch[i].bytes.size();
                together.push_back(std::move(batch[i].bytes));
            }
            const auto write = [&] { return file_.write(together); };
            const auto written = co_await net::run_blocking(threads_, write);
            if (!written) co_return written.error();
        }
        co_return proto::result<void>();
    }

    bool keep(std::vector<placed_piece>& batch) override {
        std::vector<proto::chunk> last;
        std::uint64_t at = at_;
        for (const auto& piece : batch) {
            if (piece.position != at) return false;
            at += piece.bytes.size();
        }
        for (auto& piece : batch) last.push_back(std::move(piece.bytes));
        at_ = at;
        file_.keep(std::move(last));
        return true;
    }

    boost::asio::awaitable<proto::result<void>> reach(std::uint64_t position) override {
        if (position < at_)
            co_return proto::failure(proto::errc::protocol_violation, "the server went back in the file that it sends");
        const auto work = [&] { return file_.reach(position - origin_); };
        for (bool done = false; !done;) {
            const auto reached = co_await net::run_blocking(threads_, work);
            if (!reached) co_return reached.error();
            done = *reached;
        }
        at_ = position;
        co_return proto::result<void>();
    }

    proto::digest digest() override { return file_.digest(); }

private:
    file_writer& file_;
    net::blocking_pool& threads_;
    std::uint64_t origin_;
    std::uint64_t at_;
};

/// Takes nothing: for a get that only asks for the size.
class no_receiver final : public receiver {
public:
    boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece>) override {
        co_return proto::result<void>();
    }

    proto::digest digest() override { return {}; }

    [[nodiscard]] bool keeps_up() const noexcept override { return false; }
};

/// What differs from the file that is here, over a copy of that.
class delta_receiver final : public receiver {
public:
    delta_receiver(file_writer& file, net::blocking_pool& threads) : file_(file), threads_(threads) {}

    boost::asio::awaitable<proto::result<void>> take(std::vector<placed_piece> batch) override {
        const auto write = [&]() -> proto::result<void> {
            for (const auto& piece : batch) {
                if (auto passed = pass(piece.position); !passed) return passed;
                if (auto written = file_.write_at(at_, piece.bytes.bytes()); !written) return written;
                at_ += piece.bytes.size();
            }
            return {};
        };
        co_return co_await net::run_blocking(threads_, write);
    }

    boost::asio::awaitable<proto::result<void>> reach(std::uint64_t position) override { co_return pass(position); }

    boost::asio::awaitable<proto::result<void>> finish(std::uint64_t size) override {
        const auto work = [&] { return file_.digest_whole(size); };
        for (bool done = false; !done;) {
            const auto digested = co_await net::run_blocking(threads_, work);
            if (!digested) co_return digested.error();
            done = *digested;
        }
        co_return proto::result<void>();
    }

    proto::digest digest() override { return file_.digest(); }

private:
    /// What is before this position is as it is here.
    proto::result<void> pass(std::uint64_t position) {
        if (position < at_)
            return proto::failure(proto::errc::protocol_violation, "the server went back in the file that it sends");
        at_ = position;
        return {};
    }

    file_writer& file_;
    net::blocking_pool& threads_;
    std::uint64_t at_ = 0; ///< Where the next bytes belong.
};

} // namespace tug::detail
