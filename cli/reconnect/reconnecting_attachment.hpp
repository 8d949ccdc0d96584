#pragma once

#include "cli/commands/followed.hpp"
#include "reconnection.hpp"
#include "replayed_input.hpp"

#include <tug/jobs.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug::cli {

/// A job that is followed: where the connection is lost, or tugd is killed, it is attached to again, and both
/// directions go on at the very byte. Whatever ends the following leaves the job alone.
class reconnecting_attachment : public followed {
public:
    /// `how` says where the first attachment begins. All but it and `name` must outlive it.
    reconnecting_attachment(client& on, const options& o, invocation& s, std::string name, const attach_options& how);

    /// What is wrong with the job is told by the first read, also that the connection is lost.
    [[nodiscard]] boost::asio::awaitable<void> attach();

    boost::asio::awaitable<output> read() override;
    boost::asio::awaitable<bool> write(chunk bytes) override;
    void close_stdin() override;
    boost::asio::awaitable<void> resize(std::uint16_t rows, std::uint16_t cols) override;
    boost::asio::awaitable<exec_result> wait() override;
    boost::asio::awaitable<void> beside() override;
    void stop_output() override;
    void cancel() override;
    void give_up() override;

    [[nodiscard]] bool is_job() const override { return true; }

    [[nodiscard]] bool away() const override { return connection_.away(); }

    /// Behind the last byte of that output that was read.
    [[nodiscard]] std::uint64_t position(output_stream of) const;

protected:
    /// `bytes` of output came too late to be read: they are kept no longer.
    virtual void tell_missing(std::uint64_t bytes) const;

    [[nodiscard]] boost::asio::awaitable<void> send_input();
    [[nodiscard]] boost::asio::awaitable<void> change();

    void notify_change() { changed_.cancel(); }

    void discard_output() noexcept { discarding_ = true; }

    [[nodiscard]] reconnection& connection() noexcept { return connection_; }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Counts attachments.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

private:
    [[nodiscard]] attach_options next_attachment() const;
    [[nodiscard]] boost::asio::awaitable<void> attach_again(failure why);
    [[nodiscard]] boost::asio::awaitable<std::optional<failure>> try_to_read(output& into);
    [[nodiscard]] bool is_new(output& piece);
    [[nodiscard]] boost::asio::awaitable<void> find_input_position();
    [[nodiscard]] boost::asio::awaitable<void> send_one();
    [[nodiscard]] boost::asio::awaitable<void> forget_taken();

    reconnection connection_;
    std::string name_;
    const attach_options first_;
    job_attachment attachment_;
    std::uint64_t generation_ = 0;
    std::array<std::optional<std::uint64_t>, 2> positions_; ///< Nothing where none was read yet.
    bool from_kept_ = false;                                ///< What would come next is kept no longer.
    std::uint64_t missing_ = 0;
    bool discarding_ = false;
    bool leaving_ = false;
    replayed_input input_;
    std::uint64_t input_generation_ = 0; ///< The attachment of which it is known where its input begins.
    std::optional<failure> superseded_;  ///< Another one has written stdin meanwhile.
    bool reads_no_more_ = false;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> size_;
    boost::asio::steady_timer changed_; ///< Never due: cancelled by a change.
};

} // namespace tug::cli
