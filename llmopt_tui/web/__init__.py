"""The app in a browser: a web server whose every tab is an app process of its own.

It is a package of its own because it knows nothing of sessions or models: it passes keys and screen
output between a page and a process. The terminal in the page and the process's protocol come from
textual-serve. Its server is not used: it answers any page under any name, has no token, starts apps
through a shell, and its page loads a font from the internet. There are no downloads, because the
app offers none.
"""
