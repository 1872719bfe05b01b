"""The app in a browser: a web server whose every tab is an app process of its own.

It is a room beside `app/` because it knows nothing of sessions or models: it carries keys and
pictures between a page and a process. The terminal inside the page and the protocol of the process
are textual-serve's. Its server is not used: that one answers any page under any name, has no token,
starts apps through a shell, and its page loads a font from the internet. There are no downloads,
for the app offers none.
"""
