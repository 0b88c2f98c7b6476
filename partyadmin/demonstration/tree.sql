-- The organisations that fit the wished number of members: table planned, with codes, branch sizes and planted faults.

-- Committees that stand under the city, and the working committees of its counties, in the order in which a growing city
-- gets them. `share`: how many of each round of basic committees come to it.
CREATE TEMP TABLE superior ON COMMIT DROP AS
SELECT * FROM (VALUES
  ( 1, NULL, 'X40', '云岭市青溪区',               '云岭市青溪区', 'town',     5),
  ( 2, NULL, 'X40', '云岭市柏川县',               '云岭市柏川县', 'town',     5),
  ( 3, NULL, 'X50', '云岭市直属机关',             '云岭市',       'organ',    2),
  ( 4, NULL, 'X40', '云岭市南屿县',               '云岭市南屿县', 'town',     5),
  ( 5, NULL, 'X50', '云岭市教育',                 '云岭市',       'school',   2),
  ( 6, 1,    'X50', '云岭市青溪区直属机关',       '云岭市青溪区', 'organ',    1),
  ( 7, NULL, 'X51', '云岭市卫生健康委员会',       '云岭市',       'hospital', 1),
  ( 8, 2,    'X50', '云岭市柏川县直属机关',       '云岭市柏川县', 'organ',    1),
  ( 9, NULL, 'X51', '云岭市国有资产监督管理委员会', '云岭市',     'state',    2),
  (10, NULL, 'X40', '云岭市鹤鸣区',               '云岭市鹤鸣区', 'town',     5),
  (11, 4,    'X50', '云岭市南屿县直属机关',       '云岭市南屿县', 'organ',    1),
  (12, NULL, 'X50', '云岭市经济技术开发区',       '云岭市开发区', 'private',  2),
  (13, NULL, 'X40', '云岭市望潮县',               '云岭市望潮县', 'town',     5),
  (14, 10,   'X50', '云岭市鹤鸣区直属机关',       '云岭市鹤鸣区', 'organ',    1),
  (15, 13,   'X50', '云岭市望潮县直属机关',       '云岭市望潮县', 'organ',    1),
  (16, NULL, 'X40', '云岭市雁栖区',               '云岭市雁栖区', 'town',     5),
  (17, NULL, 'X40', '云岭市霞浒县',               '云岭市霞浒县', 'town',     5),
  (18, NULL, 'X40', '云岭市苇航县',               '云岭市苇航县', 'town',     5),
  (19, 16,   'X50', '云岭市雁栖区直属机关',       '云岭市雁栖区', 'organ',    1),
  (20, 17,   'X50', '云岭市霞浒县直属机关',       '云岭市霞浒县', 'organ',    1),
  (21, 18,   'X50', '云岭市苇航县直属机关',       '云岭市苇航县', 'organ',    1)
) AS s (position, held_by, kind, stem, stem_below, trade, share)
WHERE position <= 5 + current_setting('demonstration.members')::bigint / 4000;

-- `key` numbers what could stand; the keys of a committee's organisations begin with the committee's own number.
-- `stem` is the name without 中共 at its head and the kind at its end.
CREATE TEMP TABLE node (key bigint, parent bigint, step bigint, kind text, stem text, trade text) ON COMMIT DROP;
INSERT INTO node VALUES (0, NULL, 0, 'X30', '云岭市', NULL);
INSERT INTO node SELECT -position, coalesce(-held_by, 0), position * 1000000::bigint, kind, stem, trade FROM superior;

-- Basic committees, handed out in rounds. There are more than needed: what holds no members is left out below. Should the
-- 1,190 place names not suffice for the committees of one superior, 东 and so on begins the second round of them.
WITH round AS (
  SELECT s.*, row_number() OVER (ORDER BY turn, position) - 1 AS seat, count(*) OVER () AS seats FROM superior s, generate_series(1, share) AS turn
), committee AS (
  SELECT c * 1000000 AS key, r.*, row_number() OVER (PARTITION BY r.position ORDER BY c) AS nth
    FROM generate_series(1, current_setting('demonstration.members')::bigint / 150 + 10) AS c JOIN round r ON r.seat = (c - 1) % r.seats
)
INSERT INTO node
SELECT key, -c.position, key, '611', stem_below || substr('东西南北', (nth / 1190)::int, 1) || place.name || pg_temp.pick(bodies, key, 'body'), c.trade
  FROM committee c JOIN trade ON trade.code = c.trade
  JOIN place ON place.position = (pg_temp.draw_int(1190, -c.position, 'place') + nth) % 1190;

-- What stands below them: 4 to 12 organisations. The first committee has the same shape in every city, for the showcase.
INSERT INTO node
SELECT key, parent, key, kind, stem || place.name || CASE WHEN kind = '611' THEN part WHEN stem LIKE '%街道' THEN '社区' ELSE section END, trade
  FROM (
    SELECT n.key + nth * 10000 AS key, n.key AS parent, nth, n.stem, n.trade, CASE
        WHEN n.key = 1000000 THEN CASE nth WHEN 3 THEN '621' WHEN 6 THEN '632' ELSE '631' END
        WHEN luck < 0.04 AND n.trade <> 'town' THEN '611' WHEN luck < 0.22 THEN '621' WHEN luck < 0.30 THEN '632' ELSE '631' END AS kind
      FROM node n, LATERAL generate_series(1, CASE n.key WHEN 1000000 THEN 8 ELSE 4 + pg_temp.draw_int(9 * pg_temp.draw(n.key, 'width'), n.key, 'children') END) AS nth,
           LATERAL pg_temp.draw(n.key + nth, 'kind') AS luck
     WHERE n.kind = '611') AS child
  JOIN trade ON trade.code = child.trade
  JOIN place ON place.position = (pg_temp.draw_int(1190, parent, 'place') + nth) % 1190;

-- Below second-level committees.
INSERT INTO node
SELECT n.key + nth * 100, n.key, n.key + nth * 100, CASE WHEN pg_temp.draw(n.key + nth, 'kind') < 0.15 THEN '621' ELSE '631' END, n.stem || place.name || section, n.trade
  FROM node n JOIN node superior ON superior.key = n.parent AND superior.kind = '611' JOIN trade ON trade.code = n.trade,
       generate_series(1, 4 + pg_temp.draw_int(5, n.key, 'children')) AS nth JOIN place ON true
 WHERE n.kind = '611' AND place.position = (pg_temp.draw_int(1190, n.key, 'place') + nth) % 1190;

-- Below general branches.
INSERT INTO node
SELECT n.key + nth, n.key, n.key + nth, CASE WHEN pg_temp.draw(n.key + nth, 'kind') < 0.05 THEN '632' ELSE '631' END, n.stem || '第' || nth, n.trade
  FROM node n, generate_series(1, CASE n.parent WHEN 1000000 THEN 3 ELSE 2 + pg_temp.draw_int(5, n.key, 'children') END) AS nth
 WHERE n.kind = '621';
ANALYZE node;

-- Branches until the members have their seats. `fault` is planted; the seats left over go to ordinary branches.
CREATE TEMP TABLE leaf ON COMMIT DROP AS
WITH counted AS (
  SELECT key, kind, row_number() OVER (PARTITION BY kind ORDER BY key) AS nth FROM node WHERE kind IN ('631', '632')
), faulty AS (
  SELECT key, CASE
      WHEN kind = '632' AND nth % 12 = 3 THEN 'B02' WHEN kind = '632' AND nth % 23 = 7 THEN 'B06' WHEN kind = '632' THEN NULL
      WHEN nth % 97 = 29 THEN 'B01' WHEN nth % 151 = 47 THEN 'B07' WHEN nth % 401 = 53 THEN 'B03' WHEN nth % 61 = 17 THEN 'B03 suspect' WHEN nth % 113 = 37 THEN 'O02'
    END AS fault FROM counted
), wanted AS (
  SELECT key, fault, least(current_setting('demonstration.members')::int, CASE
      WHEN key = 1010000 THEN 20 WHEN fault IN ('B01', 'B02') THEN 1 + pg_temp.draw_int(2, key, 'size') WHEN fault = 'B07' THEN 0
      WHEN fault = 'B03' THEN 102 + pg_temp.draw_int(30, key, 'size') WHEN fault = 'B03 suspect' THEN 51 + pg_temp.draw_int(30, key, 'size')
      ELSE 7 + pg_temp.draw_int(19, key, 'size') + pg_temp.draw_int(19, key, 'more') END) AS size
    FROM faulty
), filled AS (
  SELECT *, sum(size) OVER (ORDER BY key) AS seats FROM wanted
), kept AS (
  SELECT *, row_number() OVER (PARTITION BY fault IS NULL ORDER BY key) AS place, count(*) FILTER (WHERE fault IS NULL) OVER () AS ordinary,
         current_setting('demonstration.members')::bigint - max(seats) OVER () AS left_over
    FROM filled WHERE seats <= current_setting('demonstration.members')::bigint
)
SELECT key, fault, size + CASE WHEN fault IS NULL THEN left_over / ordinary + (place <= left_over % ordinary)::int ELSE 0 END AS size FROM kept;

-- The branches and all above them, with codes; `before` counts the members of organisations with smaller codes.
CREATE TEMP TABLE planned ON COMMIT DROP AS
WITH RECURSIVE used AS (
  SELECT n.* FROM node n JOIN leaf USING (key) UNION SELECT n.* FROM node n JOIN used ON n.key = used.parent
), ranked AS (
  SELECT used.*, row_number() OVER (PARTITION BY parent ORDER BY step) AS rank FROM used
), coded AS (
  SELECT key, '001' COLLATE "C" AS code FROM ranked WHERE parent IS NULL
  UNION ALL SELECT r.key, c.code || pg_temp.code_step(r.rank) FROM ranked r JOIN coded c ON r.parent = c.key
)
SELECT u.key, code, u.kind, u.stem, u.trade, leaf.fault, coalesce(leaf.size, 0)::int AS size, u.kind = '611' AND u.parent < 0 AS is_basic, CASE
    WHEN u.kind LIKE 'X%' OR u.kind = '611' AND (u.parent < 0 OR u.trade IN ('state', 'private')) OR leaf.fault = 'O02' THEN '2'
    WHEN u.kind = '632' THEN '3' WHEN u.kind = '631' AND u.trade = 'town' AND above.kind = '611' THEN '2' ELSE '1' END AS unit_situation,
  (sum(coalesce(leaf.size, 0)) OVER (ORDER BY code) - coalesce(leaf.size, 0))::bigint AS before
  FROM used u JOIN coded USING (key) LEFT JOIN leaf USING (key) LEFT JOIN node above ON above.key = u.parent;
ANALYZE planned;
