"""Reports: the last step of the flow, made of what `toggl` and `fibery` stored.

facts       a prepared period and the rules -> typed models: every figure, date and name, computed once, by SQL
sentences   facts -> prose: by templates, or by a model whose claims are checked against the facts
view        facts and prose -> blocks (headings, tables, charts), already rounded and worded
rendering   blocks -> HTML, Markdown and messages; nothing is computed here
versions    stores a week's reports and what changed; files writes them: weekly pages, run folders, time.csv
"""
