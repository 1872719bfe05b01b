"""The commands of the Leaderboard."""

from __future__ import annotations

from llmopt_tui.tui.command import Command

# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("board_open", "enter", "Open the session", "open",
            "Open the session under the cursor: in the Workbench while it runs, else as recorded.",
            "Leaderboard", "leaderboard", "open", in_palette=False),
    Command("view_before", "left,comma", "Case before", "before",
            "Show the previous case, or all cases together.",
            "Leaderboard", "leaderboard", "view(-1)", in_palette=False),
    Command("view_after", "right,full_stop", "Case after", "after",
            "Show the next case.",
            "Leaderboard", "leaderboard", "view(1)", in_palette=False),
    Command("suites", "o", "Another suite", "other suite",
            "Choose one of the suites in the results folder, newest first.",
            "Leaderboard", "leaderboard", "suites"),
    Command("board_ranking", "1", "Go to the Ranking", "ranking",
            "Focus the ranking.",
            "Leaderboard", "leaderboard", "pane('ranking')", in_palette=False),
    Command("board_matrix", "2", "Go to the Matrix", "matrix",
            "Focus the matrix of models and cases.",
            "Leaderboard", "leaderboard", "pane('matrix')", in_palette=False),
    Command("board_plots", "3", "Go to the Plots", "plots",
            "Focus the plots.",
            "Leaderboard", "leaderboard", "pane('plots')", in_palette=False),
    Command("board_insights", "4", "Go to the Insights", "insights",
            "Focus the insights; enter opens the numbers behind one.",
            "Leaderboard", "leaderboard", "pane('insights')", in_palette=False),
    Command("board_advice", "5", "Go to the Recommendation", "recommendation",
            "Focus the recommendation.",
            "Leaderboard", "leaderboard", "pane('advice')", in_palette=False),
    Command("board_transfer", "6", "Go to Prompts on other models", "transfer",
            "Focus the matrix of each model's best prompt on the others, in place of 2.",
            "Leaderboard", "leaderboard", "pane('transfer')", in_palette=False),
)
# fmt: on
