"""Probabilistic matching: how two registrations compare, what each agreement weighs, who is one human by weight.

demographics  a registration as the comparisons see it
comparisons   the levels of agreement, each as Python and as SQL: one list for the online scorer and for Splink
model         weights of the levels, term frequencies, as trained
scoring       the weight of a pair, part by part
"""
