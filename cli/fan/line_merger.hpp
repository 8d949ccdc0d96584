#pragma once

#include <tug/process.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// How the outputs of many hosts become one.
enum class merge_order {
    live,    ///< Each line when it is whole.
    grouped, ///< That of a host together, when it has ended.
    folded,  ///< Equal outputs once, when all have ended.
};

/// Merges the outputs of many hosts, line by line, the two streams apart. No I/O.
///
/// What it keeps is bounded: of a line `longest_line`, and of all hosts together `most_kept`. Nothing is lost by that:
/// a longer line comes in several, and where there is no more room the others wait while one host, whose output is then
/// neither grouped nor folded with others but still together, writes on directly until it has ended.
class line_merger {
public:
    struct limits {
        std::size_t longest_line = 64 * 1024;
        std::size_t most_kept = 64 * 1024 * 1024;
    };

    /// Whole lines of one stream, of all these hosts alike.
    struct piece {
        std::vector<std::size_t> hosts;
        output_stream from = output_stream::out;
        std::string text; ///< Each line with its end.
    };

    line_merger(std::size_t hosts, merge_order by) : line_merger(hosts, by, limits()) {}

    line_merger(std::size_t hosts, merge_order by, limits most) : by_(by), most_(most), hosts_(hosts) {}

    /// Whether the host may give its next bytes now; else it has to wait until one has ended.
    [[nodiscard]] bool admits(std::size_t host);

    /// Precondition: admits(host).
    void take(std::size_t host, output_stream from, std::string_view text);

    /// Nothing more comes of that host.
    void ended(std::size_t host);

    /// Nothing more comes of any: what is kept to be folded is due.
    void finish();

    /// What is to be written now, in this order; nothing once all of it was taken.
    [[nodiscard]] std::optional<piece> next();

    [[nodiscard]] std::size_t kept() const noexcept { return kept_; }

private:
    struct run {
        output_stream from;
        std::string text;

        friend bool operator==(const run&, const run&) = default;
    };

    struct one_host {
        std::string line[2]; ///< What has come of one that is not whole.
        std::vector<run> runs;
        bool alone = false; ///< It has had the output for itself: no other output equals it.
    };

    struct fold {
        std::vector<std::size_t> hosts;
        std::vector<run> runs;
    };

    void pass_on(std::size_t host, output_stream from, std::string lines);
    void keep(one_host& of, output_stream from, std::string lines);
    void give_output_to(std::size_t host);
    void release(std::size_t host);
    void release_folds();
    void fold_with_equals(std::size_t host);

    merge_order by_;
    limits most_;
    std::vector<one_host> hosts_;
    std::optional<std::size_t> owner_; ///< Whose lines go out directly.
    std::vector<std::size_t> waiting_; ///< Hosts that have ended, with output that is kept.
    std::vector<fold> folds_;
    std::deque<piece> ready_;
    std::size_t kept_ = 0;
};

} // namespace tug::cli
