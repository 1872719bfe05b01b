"""What results prove: the statistics of comparisons, as pure functions of scores.

The unit is the example. Scores come as mappings from example id to score, per case; sides are
matched by id. None of the modules below knows of sessions. They need numpy: import them where
they are used, not at start-up.

| module | answers |
|---|---|
| `paired` | by how much do two sides differ on the same examples, and how sure is that |
| `correction` | what is left of p values when many comparisons are made |
| `power` | how many examples are needed; the smallest gain that a number of examples can prove |
| `verdict` | REAL, NOT PROVEN or UNDERPOWERED, with the reason in a sentence |
| `ranking` | who is best on a case and overall, and who shares a rank |
| `pareto` | who is worth having for speed or for quality |
| `constant_answer` | what one answer to every example would score |
| `selection` | how well the best of k prompts would look if none were better |
| `resampling` | the two engines: bootstrap and sign flips |

Where the formulas come from:

- Sign-flip (randomization) test of paired differences: R. A. Fisher, The Design of Experiments,
  1935, section 21; E. J. G. Pitman, J. R. Statist. Soc. Suppl. 4, 1937. With scores of 0 and 1 it
  is the exact form of Q. McNemar, Psychometrika 12, 1947. Why random draws count the observed
  arrangement too: B. Phipson and G. K. Smyth, Statist. Appl. Genet. Mol. Biol. 9, 2010.
- Percentile bootstrap, stratified: B. Efron and R. J. Tibshirani, An Introduction to the
  Bootstrap, 1993; A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997.
  Widened for few examples: T. C. Hesterberg, What Teachers Should Know About the Bootstrap,
  The American Statistician 69, 2015, "expanded percentile interval". Student's t quantile in it:
  M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.5.
- Many comparisons: S. Holm, Scand. J. Statist. 6, 1979.
- Examples needed: W. C. Guenther, Sample Size Formulas for Normal Theory T Tests, The American
  Statistician 35, 1981. Why power is not read off the observed difference alone: J. M. Hoenig and
  D. M. Heisey, The Abuse of Power, The American Statistician 55, 2001.
- Luck of the best of many: the permutation distribution of a maximum, P. H. Westfall and
  S. S. Young, Resampling-Based Multiple Testing, 1993; G. C. Cawley and N. L. C. Talbot, On
  Over-fitting in Model Selection, J. Mach. Learn. Res. 11, 2010.
"""
