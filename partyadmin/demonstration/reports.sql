-- Reports in every state, so that the lists of the first branches live. Unlike the people they follow the clock: what is
-- overdue is overdue on any day on which a city is founded.
CREATE TEMP TABLE matter (place, kind, ended_by, told_ago, state, answer, facts) ON COMMIT DROP AS VALUES
  (2, 'death',      '5',  3,  'reported', NULL, '因病医治无效去世，家属已告知支部。'),
  (3, 'change',     NULL, 45, 'reported', NULL, '本人搬家，支部已上门核实。'),
  (4, 'change',     NULL, 10, 'returned', '请补充新住址的门牌号。', '本人搬家。'),
  (5, 'change',     NULL, 20, 'paused',   '等户籍部门的证明，约两周。', '本人搬家，户籍手续正在办理。'),
  (6, 'change',     NULL, 60, 'entered',  NULL, '本人搬家，支部已上门核实。'),
  (7, 'suspension', '43', 8,  'accepted', NULL, '失去联系6个月以上，已经多方查找，仍无法取得联系。');

CREATE TEMP TABLE told ON COMMIT DROP AS
WITH standing AS (
  SELECT id, branch_id, branch_code, row_number() OVER (PARTITION BY branch_id ORDER BY id) AS place, dense_rank() OVER (ORDER BY branch_code) AS branch
    FROM member WHERE intake = 'registered' AND status = '1' AND person_type = '1' AND NOT lost AND NOT is_mobile)
SELECT s.id AS member_id, s.branch_id, s.branch_code, s.branch, m.* FROM standing s JOIN matter m USING (place) WHERE s.branch <= 60;

INSERT INTO report (kind, member_id, branch_id, branch_code, event_date, ended_by, items, facts, reported_on, by_branch)
SELECT kind, member_id, branch_id, branch_code, current_date - told_ago - 4, ended_by,
       CASE kind WHEN 'change' THEN jsonb_build_object('address', format('迎春路%s号%s单元', branch, place)) ELSE '{}' END, facts, current_date - told_ago, true
  FROM told ORDER BY branch_code, place;

UPDATE report r SET state = t.state, answer = t.answer FROM told t WHERE t.member_id = r.member_id AND t.state <> 'reported';
