#pragma once

#include "cli/completion/completion.hpp"
#include "control.hpp"
#include "line_source.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tug::cli {

/// Lines of a person at the terminal of standard input and standard error, with libedit: editing, history, and
/// completion with Tab. The history is kept in $XDG_STATE_HOME/tug/history, which its owner alone can read; a line that
/// begins with a blank is not kept.
///
/// libedit runs on the thread `on` while next() waits, and nowhere else.
class line_editor : public line_source {
public:
    /// The names that there are at a place. Called on the thread `on`; it may block.
    using name_finder = std::function<std::vector<std::string>(const completion_place&)>;

    /// `ctl`: tells changes of the size of the terminal.
    line_editor(blocking_thread& on, control& ctl, name_finder names);
    ~line_editor() override;

    /// An interrupt() makes it an empty line. When cancelled, the line is lost.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> next(std::string prompt) override;

    void interrupt() override;

private:
    class editor; // what libedit sees

    blocking_thread& on_;
    control& control_;
    std::shared_ptr<editor> editor_; // a job that was abandoned holds it too
};

} // namespace tug::cli
