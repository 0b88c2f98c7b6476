-- One life for each member, all of them sound: table life, numbered in the order of the branch codes.

CREATE TEMP TABLE life ON COMMIT DROP AS
-- Materialised: each step uses the one before several times, and would be computed again each time.
WITH born AS MATERIALIZED (
  SELECT before + i AS n, code AS branch, trade, CASE WHEN pg_temp.draw(before + i, 'sex') < 0.31 THEN '2' ELSE '1' END AS sex,
         -- Ages spread as in a real city: between two neighbours of the array lies a tenth of the members.
         DATE '2026-11-01' - (365.2425 * (age[1 + tenth] + (10 * luck - tenth) * (age[2 + tenth] - age[1 + tenth])))::int AS birth_date
    FROM planned, generate_series(1, size) AS i, LATERAL (SELECT luck, floor(10 * luck)::int AS tenth FROM (SELECT pg_temp.draw(before + i, 'age') AS luck) AS one) AS fate,
         (VALUES (ARRAY[19.1, 28, 33, 38, 43, 49, 54, 60, 66, 74, 100.4])) AS ages (age)
), grown AS (
  SELECT *, CASE WHEN birth_date > DATE '2006-04-01' OR birth_date > DATE '1976-11-01' AND pg_temp.draw(n, 'probation') < 0.03 THEN '2' ELSE '1' END AS person_type,
         birth_date + 6650 AS earliest
    FROM born
), joined AS MATERIALIZED (
  SELECT *, CASE person_type WHEN '2' THEN DATE '2025-12-01' + pg_temp.draw_int(300, n, 'join')
      ELSE earliest + floor(power(pg_temp.draw(n, 'join'), 1.7) * least(DATE '2025-09-01' - earliest, 11000))::int END AS drawn
    FROM grown
), admitted AS MATERIALIZED (
  -- Nobody was admitted in the first years of the Cultural Revolution.
  SELECT *, CASE WHEN drawn BETWEEN '1966-06-01' AND '1969-05-05' THEN drawn + 1500 ELSE drawn END AS join_date FROM joined
)
SELECT n, branch, trade, sex, birth_date, person_type, join_date,
       CASE WHEN person_type = '2' THEN NULL WHEN had_no_probation(join_date) THEN join_date ELSE add_months(join_date, 12) + pg_temp.draw_int(40, n, 'conversion') END AS full_date,
       -- The most frequent surnames stand first and are drawn most.
       surnames[1 + floor(cardinality(surnames) * power(pg_temp.draw(n, 'surname'), 1.7))::int]
         || CASE WHEN pg_temp.draw(n, 'given') < 0.7 THEN pg_temp.pick(CASE sex WHEN '1' THEN men ELSE women END, n, 'first') ELSE '' END
         || pg_temp.pick(CASE sex WHEN '1' THEN men ELSE women END, n, 'last') AS name,
       pg_temp.draw(n, 'standing') AS standing
  FROM admitted, (VALUES (
    string_to_array('王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 林 郭 何 高 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹 曾 彭 萧 蔡 潘 田 董 袁 于 余 叶 蒋 杜 苏 魏 程 吕 丁 沈 任 姚 卢 傅 钟 姜 崔 谭 廖 范 汪 陆 金 石 戴 贾 韦 夏 邱 方 侯 邹 熊 孟 秦 白 江 阎 薛 尹 段 雷 黎 史 龙 陶 贺 顾 毛 郝 龚 邵 万 钱 严 武 孔 向 欧阳 汤', ' '),
    string_to_array('伟强军勇杰涛明刚平辉鹏斌浩宇凯健俊帆旭宁林国志文海峰永成东亮德生学才新利清安康振华立松柏远达恒毅诚仁和', NULL),
    string_to_array('芳娜敏静丽艳娟霞秀英红玉兰梅萍燕玲桂珍雪琳莹洁云莲真惠香月瑞佳琼勤莉青怡欣雅宁慧颖岚蓉菊晴妍薇', NULL)
  )) AS names (surnames, men, women);
ANALYZE life;
