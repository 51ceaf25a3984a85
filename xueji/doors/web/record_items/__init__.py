"""档案项目: marks, fitness, awards, aid and provincial items of a record."""
