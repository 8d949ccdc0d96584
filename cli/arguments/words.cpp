#include "words.hpp"

#include "usage_error.hpp"

#include <optional>
#include <utility>

namespace tug::cli {

namespace {

class splitter {
public:
    explicit splitter(std::string_view line) : rest_(line) {}

    std::vector<std::string> all() {
        while (!rest_.empty()) {
            const char c = take();
            if (c == ' ' || c == '\t' || c == '\r') {
                end_word();
            } else if (c == '#' && !word_) {
                break;
            } else {
                part_of_word(c);
            }
        }
        end_word();
        return std::move(words_);
    }

private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void end_word() {
        if (word_) words_.push_back(std::move(*word_));
        word_.reset();
    }

    void part_of_word(char c) {
        if (!word_) word_.emplace(); // also for '': an empty word is one
        if (c == '\'') {
            single_quoted();
        } else if (c == '"') {
            double_quoted();
        } else if (c == '\\') {
            if (rest_.empty()) throw usage_error("the line ends in a backslash", "quote it as '\\'");
            word_->push_back(take());
        } else {
            word_->push_back(c);
        }
    }

    void single_quoted() {
        const auto close = rest_.find('\'');
        if (close == std::string_view::npos) throw usage_error("a ' is not closed", "close it, or write \"'\"");
        word_->append(rest_.substr(0, close));
        rest_.remove_prefix(close + 1);
    }

    void double_quoted() {
        while (!rest_.empty()) {
            char c = take();
            if (c == '"') return;
            if (c == '\\' && !rest_.empty() && std::string_view("\"\\$`").find(rest_.front()) != std::string_view::npos)
                c = take();
            word_->push_back(c);
        }
        throw usage_error("a \" is not closed", "close it, or write '\"'");
    }

    std::string_view rest_;
    std::optional<std::string> word_;
    std::vector<std::string> words_;
};

} // namespace

std::vector<std::string> split_words(std::string_view line) {
    return splitter(line).all();
}

} // namespace tug::cli
